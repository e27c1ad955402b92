"""The built-in domains' light half: three made-up languages, plain files, and data sets of the Hugging Face hub."""

from earlyexp_bench.builtin.file_sources import hash_files_params, measure_files
from earlyexp_bench.builtin.hub_sources import hash_hub_params
from earlyexp_bench.builtin.parameters import FilesParams, HubParams
from earlyexp_bench.contracts import DomainDefinition

DOMAINS = (
    DomainDefinition(
        name="procedural-general",
        version="1",
        implementation="earlyexp_bench.builtin._procedural:General",
        description="A made-up language of 126 words, subject first: the general corpus of smoke.",
        licence="CC0-1.0",
        content_hash="365ab41c545b4afd63ce928d3ba49db139a674497cac3b6ac2949413418dd830",
        train_bytes=432_547,
    ),
    DomainDefinition(
        name="procedural-target",
        version="1",
        implementation="earlyexp_bench.builtin._procedural:Target",
        description="The same lexicon, verb first and with other themes: the target of smoke.",
        licence="CC0-1.0",
        content_hash="03aec16cb6d9e9e24e232cd1237b6354d4be625bb8720e2f95ad0a86298ec46f",
        train_bytes=101_910,
    ),
    DomainDefinition(
        name="procedural-downstream",
        version="1",
        implementation="earlyexp_bench.builtin._procedural:Downstream",
        description="Questions in the same lexicon, each word answered by its quality: the downstream task of smoke.",
        licence="CC0-1.0",
        content_hash="1df7676c89ed95fa5d89f308dae78cb4ec5842871d61b38a689b3e07b74ebe64",
        train_bytes=149_278,
        tasks=("procedural_downstream_choice",),
    ),
    DomainDefinition(
        name="files",
        version="3",
        implementation="earlyexp_bench.builtin._files:Files",
        description="Your own txt, jsonl, json, csv, parquet or arrow files, described in YAML alone.",
        licence="that of the files",
        params=FilesParams,
        hash_inputs=hash_files_params,
        located_by=frozenset({"path", "train", "validation", "test"}),
        measure_train_bytes=measure_files,
    ),
    DomainDefinition(
        name="hub",
        version="2",
        implementation="earlyexp_bench.builtin._hub:Hub",
        description="A data set of the Hugging Face hub at one commit, or a local directory in its layout.",
        licence="that of the data set",
        params=HubParams,
        hash_inputs=hash_hub_params,
        located_by=frozenset({"dataset"}),
    ),
)
