"""The promises that every plugin keeps."""

import pytest

from earlyexp_testing import conformance_tests

test_conformance = pytest.mark.slow(conformance_tests("earlyexp-mitigations"))
