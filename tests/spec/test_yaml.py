import pytest

from earlyexp_bench.contracts.quantity import parse_quantity
from earlyexp_bench.spec.yaml_source import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("5E3", 5e3),
        (".5", 0.5),
        ("1.", 1.0),
        ("12", 12),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("null", None),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("012", "012"),
    ],
)
def test_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    found = parse_yaml(f"value: {text}", "x").data["value"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"), [("100K", 100_000), ("1.4M", 1_400_000), ("8.7B", 8_700_000_000), ("1e-4", 1e-4), (7, 7)]
)
def test_quantities(text: object, value: float) -> None:
    assert parse_quantity(text) == value
