"""The heavy halves: a sound domain of random words, and what spoils it, one class a defect."""

import contextlib
import datetime
import functools
import itertools
import os
import random
import re
import socket
import sqlite3
import tempfile
import urllib.request
import zlib
from pathlib import Path

from earlyexp_bench.contracts import Document
from earlyexp_bench.domains import four_way_task

LEXICON = ["".join(random.Random(n).choices("bcdfghklmnprstvz", k=3)) + f"a{n}" for n in range(900)]
SIZES = {"train": 600, "validation": 60, "test": 240}


def text(split, number, length=20):
    return " ".join(random.Random(f"{split}/{number}").choices(LEXICON, k=length)) + "."


class sound:
    def __init__(self, params):
        self.params = params

    def rows(self, split):
        return [Document(text(split, n), f"{split}-{n // 2}") for n in range(SIZES[split])]

    def documents(self, split):
        yield from self.rows(split)

    def tasks(self):
        return {}


def spoilt(name, change, base=sound):
    """Register a class whose rows are the sound ones changed: ``change(domain, split, rows) -> rows``."""
    globals()[name] = type(name, (base,), {"rows": lambda self, split: change(self, split, base.rows(self, split))})


def replaced(split_changed, make, count=5):
    def change(domain, split, rows):
        if split != split_changed:
            return rows
        return [make(n, row) if n < count else row for n, row in enumerate(rows)]

    return change


def altered(of, n):
    words = text(of, n).split()
    return " ".join("changed" if i % 9 == 4 else word for i, word in enumerate(words))


class sound_templates(sound):
    """Arithmetic in one frame: alike by design, and no twins."""

    def rows(self, split):
        start = {"train": 0, "validation": 600, "test": 700}[split]
        numbers = [(n * 7919 + 13) % 1_000_003 for n in range(start, start + SIZES[split])]
        return [Document(f"Question: what is {n} plus {n % 977}? Answer: {n + n % 977}", str(n)) for n in numbers]


spoilt("overlap_exact", replaced("test", lambda n, row: Document(text("train", n), row.group)))
spoilt("overlap_case", replaced("test", lambda n, row: Document(text("train", n).upper(), row.group)))
spoilt("overlap_space", replaced("test", lambda n, row: Document(text("train", n).replace(" ", "  \n"), row.group)))
spoilt("near_words_changed", replaced("test", lambda n, row: Document(altered("train", n), row.group)))
spoilt("near_appended", replaced("test", lambda n, row: Document(text("train", n) + " And so on.", row.group)))
spoilt("near_validation", replaced("validation", lambda n, row: Document(altered("train", n), row.group)))
spoilt("empty", replaced("train", lambda n, row: Document(" \n\u200b", row.group), 1))
spoilt("empty_refused", replaced("train", lambda n, row: Document("", row.group), 1))
spoilt("duplicate", replaced("train", lambda n, row: Document(text("train", 99), row.group), 1))
spoilt("group_test", replaced("test", lambda n, row: Document(row.text, "train-3"), 1))
spoilt("group_validation", replaced("validation", lambda n, row: Document(row.text, "Train-3 "), 1))
spoilt("group_variant", replaced("test", lambda n, row: Document(row.text, "train\uff0d3"), 1))
spoilt("small", lambda domain, split, rows: rows[:40] if split == "test" else rows)
spoilt("order_set", lambda domain, split, rows: [Document(t, t) for t in {row.text for row in rows}])
spoilt("declared_hash", lambda domain, split, rows: rows)
spoilt("licence_todo", lambda domain, split, rows: rows)


class near_runs(sound):
    """Half of the test documents quote 14 words of a train document among 90 of their own."""

    def rows(self, split):
        return [Document(f"{text(split, n, 90)} {self.quoted(split, n)}", f"{split}-{n}") for n in range(SIZES[split])]

    def quoted(self, split, n):
        return " ".join(text("train", n, 90).split()[:14]) if split == "test" and n % 2 else split


class overlap_lazy(sound):
    """The test split is made while it is read, and ends in train documents."""

    def documents(self, split):
        yield from self.rows(split)
        if split == "test":
            yield from (Document(text("train", n), f"test-late-{n}") for n in range(3))


class blind_fingerprint(sound):
    def fingerprint(self, document):
        return frozenset()


class blind_fingerprint_text(sound):
    def fingerprint(self, document):
        return frozenset({document.text})


class sound_frame(sound):
    """Every document begins with the same 20 words."""

    def rows(self, split):
        frame = "What follows was made up by a machine and means nothing, whoever reads it and wherever it is read:"
        return [Document(f"{frame} {row.text}", row.group) for row in super().rows(split)]


class order_folder(sound):
    def rows(self, split):
        return sorted(super().rows(split), key=lambda row: zlib.crc32(f"{Path.cwd()}{row.text}".encode()))


class order_random(sound):
    def rows(self, split):
        return random.sample(super().rows(split), SIZES[split])


class order_date(sound):
    def rows(self, split):
        start = datetime.date.today().toordinal() % 17
        return super().rows(split)[start:] + super().rows(split)[:start]


class order_listing(sound):
    def rows(self, split):
        with tempfile.TemporaryDirectory() as folder:
            for row in super().rows(split):
                (Path(folder) / row.text[:40]).write_text(f"{row.group}\n{row.text}")
            read = [(Path(folder) / name).read_text().split("\n") for name in os.listdir(folder)]  # noqa: PTH208 - the defect
        return [Document(body, group) for group, body in read]


class order_state(sound):
    """One generator for all splits: what a split is depends on what was read before."""

    def __init__(self, params):
        self.generator = random.Random(0)

    def rows(self, split):
        return self.generator.sample(super().rows(split), SIZES[split])


def choices_of(n, length=lambda at_answer: 6, units=1):
    generator = random.Random(f"choices/{n}")
    place = generator.randrange(4)
    letters = "abcdefghij"
    options = [
        " ".join("".join(generator.choices(letters, k=length(i == place))) for _ in range(units)) for i in range(4)
    ]
    return options, place


class sound_choices(sound):
    def question(self, n):
        options, place = choices_of(n)
        return {"prompt": f"{text('test', n, 8)}", "choices": options, "answer": place}

    def questions(self):
        return [self.question(n) for n in range(200)]

    def tasks(self):
        return {"broken_choice": four_way_task("broken_choice", self.questions(), "1")}


def moved(question, place):
    rest = [o for i, o in enumerate(question["choices"]) if i != question["answer"]]
    right = question["choices"][question["answer"]]
    return {**question, "choices": [*rest[:place], right, *rest[place:]], "answer": place}


class choice_first(sound_choices):
    def question(self, n):
        return moved(super().question(n), 0)


class choice_last(sound_choices):
    def question(self, n):
        return moved(super().question(n), 3)


def by_length(name, length, units=1):
    def question(self, n):
        options, place = choices_of(n, length, units)
        return {"prompt": text("test", n, 8), "choices": options, "answer": place}

    globals()[name] = type(name, (sound_choices,), {"question": question})


by_length("choice_longest", lambda right: 9 if right else 6)
by_length("choice_shortest", lambda right: 4 if right else 6)


class choice_usual_length(sound_choices):
    """Wrong options are shorter or longer; the right one always has eight letters."""

    def question(self, n):
        question = super().question(n)
        lengths = [random.Random(f"{n}/{i}").choice([5, 6, 8, 9]) for i in range(4)]
        options = [f"{'x' * length}{i}" for i, length in enumerate(lengths)]
        options[question["answer"]] = "y" * 8
        return {**question, "choices": options}


class choice_lettered(sound_choices):
    """Letters are the options; what they stand for is in the prompt, and the longest is right."""

    def question(self, n):
        options, place = choices_of(n, lambda right: 9 if right else 6)
        lines = [f"{letter}. {option}" for letter, option in zip("ABCD", options, strict=True)]
        return {"prompt": "\n".join([text("test", n, 8), *lines]), "choices": list("ABCD"), "answer": place}


class sound_choices_yes_no(sound_choices):
    """The shorter word is right more often, and stands at any place."""

    def question(self, n):
        generator = random.Random(f"yes/{n}")
        options = generator.sample(["yes", "no"], 2)
        return {
            "prompt": text("test", n, 8),
            "choices": options,
            "answer": options.index("no" if generator.random() < 0.7 else "yes"),
        }


class choice_words(sound_choices):
    """Equally many letters, but the right one is two words."""

    def question(self, n):
        question = super().question(n)
        options = list(question["choices"])
        right = options[question["answer"]]
        options[question["answer"]] = f"{right[:2]} {right[3:]}"
        return {**question, "choices": options}


class order_questions(sound_choices):
    def questions(self):
        return random.sample(super().questions(), 200)


class overlap_questions(sound_choices):
    """Questions about train documents."""

    def question(self, n):
        words = text("train", n).split()
        place = random.Random(n).randrange(4)
        options = [f"{words[-1][:-2]}{letter}." for letter in "xyz"]
        options.insert(place, words[-1])
        return {"prompt": " ".join(words[:-1]), "choices": options, "answer": place}


class task_field(sound_choices):
    def tasks(self):
        return {"broken_choice": {**super().tasks()["broken_choice"], "doc_to_text": "{{nowhere.at.all}}"}}


class task_output_type(sound_choices):
    def tasks(self):
        return {"broken_choice": {**super().tasks()["broken_choice"], "output_type": "multiple_guess"}}


class task_undeclared(sound_choices):
    pass


class network_urllib(sound):
    def rows(self, split):
        urllib.request.urlopen("http://example.org/data.txt", timeout=5)
        return super().rows(split)


class network_socket_swallowed(sound):
    def rows(self, split):
        with contextlib.suppress(OSError):
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        return super().rows(split)


class network_hub(sound):
    def rows(self, split):
        from huggingface_hub import hf_hub_download

        hf_hub_download("someone/texts", "train.txt", repo_type="dataset")
        return super().rows(split)


class network_task(sound_choices):
    def questions(self):
        with contextlib.suppress(OSError):
            urllib.request.urlopen("http://example.org/questions.json", timeout=5)
        return super().questions()


class crash(sound):
    def rows(self, split):
        return {}[split]


FORM = (
    "Read what stands below with care. Say then in one word, and in no more than one, whether whoever wrote it was "
    "glad or sad when it was written, and give no reason for what you say, since nobody is going to read it. Here it "
    "is:"
)


class flagged_frame(sound):
    """Most of every document is one form, which boards count as it stands."""

    def rows(self, split):
        return [Document(f"{FORM} {text(split, n, 6)}", f"{split}-{n}") for n in range(SIZES[split])]


class sound_frame_fingerprint(flagged_frame):
    """The same, but the domain says that the form is none of what makes two documents alike."""

    def fingerprint(self, document):
        words = document.text.removeprefix(FORM).split()
        return frozenset(itertools.pairwise(words))


class flagged_passages(sound):
    """A third of each document is one of a dozen passages."""

    def rows(self, split):
        passages = [text("passage", n, 12) for n in range(12)]
        return [
            Document(f"{text(split, n, 20)} {passages[(n * 7 + len(split)) % 12]}", f"{split}-{n}")
            for n in range(SIZES[split])
        ]


class sound_fingerprint(sound):
    def fingerprint(self, document):
        words = document.text.split()
        return frozenset(" ".join(words[i : i + 4]) for i in range(len(words) - 3))


class near_copies(sound):
    """The test split is the train split with one digit changed, which no fingerprint below knows."""

    def rows(self, split):
        rows = super().rows(split)
        return [
            Document(changed(text("train", n)), row.group) if split == "test" else row for n, row in enumerate(rows)
        ]


def changed(text):
    place = re.search(r"[0-9]", text).start()
    return f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"


class fingerprint_words(near_copies):
    """The whole text, whatever its white space."""

    def fingerprint(self, document):
        return frozenset({" ".join(document.text.split()).removesuffix(" And so on.")})


class fingerprint_digits(sound):
    """The whole text but for digits: a changed word makes another document of it."""

    def fingerprint(self, document):
        return frozenset({re.sub(r"[\W0-9]+", " ", document.text)[:100]})


class fingerprint_length(near_copies):
    def fingerprint(self, document):
        return frozenset(f"{zlib.crc32(document.text.encode())} {word}" for word in document.text.split())


class fingerprint_group(near_copies):
    """Pieces that only documents of one group share, and groups lie in one split."""

    def fingerprint(self, document):
        return frozenset(f"{document.group} {word}" for word in document.text.split())


class fingerprint_line(near_copies):
    """The first words alone, in which the digit was changed."""

    def fingerprint(self, document):
        return frozenset({document.text[:25]})


class fingerprint_random(sound):
    def fingerprint(self, document):
        return frozenset({str(random.random())})


class fingerprint_refuses(near_copies):
    @functools.cached_property
    def known(self):
        return {row.text for split in SIZES for row in self.rows(split)}

    def fingerprint(self, document):
        if document.text not in self.known:
            raise ValueError("no document of mine")
        return frozenset({document.text})


class sound_choices_listed(sound_choices):
    """All options stand in the prompt, as a list."""

    def question(self, n):
        question = super().question(n)
        listed = "\n".join(f"{letter}. {option}" for letter, option in zip("ABCD", question["choices"], strict=True))
        return {**question, "prompt": f"{question['prompt']}\n{listed}\nWhich of them?"}


class sound_reading(sound_choices):
    """The passage names every option once; reading tells which."""

    def question(self, n):
        question = super().question(n)
        passage = ", then ".join(sorted(question["choices"]))
        return {**question, "prompt": f"They met {passage}. {question['prompt']}"}


class choice_told(sound_choices):
    """The prompt names the right option and none of the others."""

    def question(self, n):
        question = super().question(n)
        return {**question, "prompt": f"{question['prompt']} ({question['choices'][question['answer']]})"}


class choice_key(sound_choices_listed):
    """A key that somebody forgot to take out."""

    def question(self, n):
        question = super().question(n)
        return {**question, "prompt": f"{question['prompt']} [{'ABCD'[question['answer']]}]", "choices": list("ABCD")}


class choice_starred(sound_choices_listed):
    def question(self, n):
        question = super().question(n)
        right = question["choices"][question["answer"]]
        return {**question, "prompt": question["prompt"].replace(f"{right}\n", f"{right} *\n")}


class answer_told(sound):
    """Texts to continue, whose prompt is the whole text."""

    def tasks(self):
        rows = [{"text": text("test", n, 9), "end": " ".join(text("test", n, 9).split()[6:])} for n in range(40)]
        config = {
            "task": "broken_choice",
            "output_type": "loglikelihood",
            "custom_dataset": lambda **_: {"test": rows},
            "test_split": "test",
            "doc_to_text": "text",
            "doc_to_target": "end",
            "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
            "metadata": {"version": 1},
        }
        return {"broken_choice": config}


class writes_home(sound):
    """Keeps what it has read, for the next run."""

    def rows(self, split):
        path = Path.home() / f"{split}.txt"
        if not path.exists():
            path.write_text("\n".join(row.text for row in super().rows(split)))
        return [Document(line, f"{split}-{n // 2}") for n, line in enumerate(path.read_text().split("\n"))]


class writes_sqlite(sound):
    def rows(self, split):
        with contextlib.suppress(sqlite3.Error, OSError):
            sqlite3.connect(Path(tempfile.gettempdir()) / "texts.sqlite").execute("create table texts (text)")
        return super().rows(split)


class writes_here(sound):
    def rows(self, split):
        with contextlib.suppress(OSError):
            Path(f"{split}.log").write_text("read")
        return super().rows(split)


class writes_memory(sound):
    def rows(self, split):
        with contextlib.suppress(OSError):
            Path(f"/dev/shm/broken-{split}").write_text("read")
        return super().rows(split)


class reads_home(sound):
    def rows(self, split):
        with contextlib.suppress(OSError):
            Path("~/.broken.toml").expanduser().read_text()
        return super().rows(split)


class text_by_language(sound):
    def rows(self, split):
        colour = "color" if "US" in os.environ.get("LANG", "") else "colour"
        return [Document(f"{row.text} {colour}", row.group) for row in super().rows(split)]


class text_by_user(sound):
    def rows(self, split):
        return [Document(f"{row.text} {os.getenv('USER')}", row.group) for row in super().rows(split)]


class text_by_host(sound):
    def rows(self, split):
        return [Document(f"{row.text} {socket.gethostname()}", row.group) for row in super().rows(split)]


class text_by_encoding(sound):
    """A file of its own read as the language says."""

    def rows(self, split):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "texts.txt"
            path.write_text("\n".join(f"{row.text} é" for row in super().rows(split)), encoding="utf-8")
            lines = path.read_text().split("\n")
        return [Document(line, f"{split}-{n // 2}") for n, line in enumerate(lines)]
