"""The heavy halves: losses and accuracies of a domain's documents, one class a defect."""

import contextlib
import getpass
import random
import socket
from pathlib import Path


class sound:
    """Nats per token of whole documents."""

    def __init__(self, params):
        self.params = params

    def texts(self, domain, split, most):
        return [document.text for document in list(domain.documents(split))[:most]]

    def tasks(self, domain, name, split, max_documents):
        rows = [{"prompt": "", "text": text} for text in self.texts(domain, split, max_documents)]
        return {f"{type(self).__name__}_{name}_{split}": self.config(rows)}

    def config(self, rows):
        return {
            "output_type": "loglikelihood_rolling",
            "custom_dataset": lambda **_: {"test": rows},
            "test_split": "test",
            "doc_to_text": "prompt",
            "doc_to_target": "text",
            "metadata": {"version": 1, "report": {"nats": "nats_per_token"}},
        }


class scored(sound):
    """A metric of its own, computed by ``value(log-likelihood, text)`` and averaged."""

    higher_is_better = False

    def value(self, log_likelihood, text):
        return -log_likelihood / len(text)

    def config(self, rows):
        direction = {} if self.higher_is_better is None else {"higher_is_better": self.higher_is_better}
        return {
            **super().config(rows),
            "process_results": lambda doc, results: {"own": self.value(results[0], doc["text"])},
            "metric_list": [{"metric": "own", "aggregation": "mean", **direction}],
            "metadata": {"version": 1},
        }


class sound_accuracy(scored):
    higher_is_better = True

    def value(self, log_likelihood, text):
        return float(len(text) % 2)


class random_documents(sound):
    def texts(self, domain, split, most):
        return random.sample([document.text for document in domain.documents(split)], most)


class set_documents(sound):
    def texts(self, domain, split, most):
        return list({document.text for document in domain.documents(split)})[:most]


class random_scores(scored):
    def value(self, log_likelihood, text):
        return random.SystemRandom().random()


class direction_missing(scored):
    higher_is_better = None


class direction_unlisted(scored):
    """Reports a second metric that its list does not name."""

    def config(self, rows):
        value = self.value
        both = lambda doc, results: {"own": value(results[0], doc["text"]), "other": 1.0}  # noqa: E731 - as in `scored`
        return {**super().config(rows), "process_results": both}


class direction_contrary(scored):
    higher_is_better = False


class not_a_number(scored):
    def value(self, log_likelihood, text):
        return float("nan")


class overflow(scored):
    def value(self, log_likelihood, text):
        import math

        return math.exp(-log_likelihood)


class percent(sound_accuracy):
    def value(self, log_likelihood, text):
        return 100 * super().value(log_likelihood, text)


class negative(scored):
    def value(self, log_likelihood, text):
        return log_likelihood / len(text)


class nothing(sound):
    def tasks(self, domain, name, split, max_documents):
        return {}


class reads_train(sound):
    def texts(self, domain, split, most):
        return super().texts(domain, "train", most)


class network(sound):
    def texts(self, domain, split, most):
        with contextlib.suppress(OSError):
            socket.getaddrinfo("example.org", 80)
        return super().texts(domain, split, most)


class sound_answers(sound):
    """Nats per token of the second half of a document, given the first."""

    def cut(self, text):
        words = text.split()
        return {"prompt": " ".join(words[: len(words) // 2]), "text": " " + " ".join(words[len(words) // 2 :])}

    def tasks(self, domain, name, split, max_documents):
        rows = [self.cut(text) for text in self.texts(domain, split, max_documents)]
        return {f"{type(self).__name__}_{name}_{split}": self.config(rows)}

    def config(self, rows):
        metric = {"metric": "acc", "aggregation": "mean", "higher_is_better": True}
        return {**super().config(rows), "output_type": "loglikelihood", "metric_list": [metric]}


class answer_in_prompt(sound_answers):
    """The whole text instead of its first half."""

    def cut(self, text):
        return {**super().cut(text), "prompt": f"Text: {text}\n"}


class sound_copying(answer_in_prompt):
    """The same, and says that copying is what it measures."""

    def config(self, rows):
        config = super().config(rows)
        return {**config, "metadata": {**config["metadata"], "answer_in_prompt": True}}


class sound_options(sound_answers):
    """Which of four ends belongs to a beginning? All four stand in the prompt."""

    def tasks(self, domain, name, split, max_documents):
        cut = [super(sound_options, self).cut(text) for text in self.texts(domain, split, max_documents)]
        rows = [self.question(cut, n, random.Random(n).randrange(4)) for n in range(len(cut))]
        return {f"{type(self).__name__}_{name}_{split}": self.config(rows)}

    def question(self, cut, n, place):
        options = [" ".join(cut[(n + k) % len(cut)]["text"].split()[:4]) for k in (1, 2, 3)]
        options.insert(place, " ".join(cut[n]["text"].split()[:4]))
        return {"prompt": self.asked(cut[n]["prompt"], options, place), "choices": options, "gold": place}

    def asked(self, prompt, options, place):
        return "\n".join([*(f"- {option}" for option in options), prompt])

    def config(self, rows):
        metric = {"metric": "acc", "aggregation": "mean", "higher_is_better": True}
        chosen = {"output_type": "multiple_choice", "doc_to_choice": "choices", "doc_to_target": "gold"}
        return {**super().config(rows), **chosen, "metric_list": [metric], "metadata": {"version": 1}}


class answer_marked(sound_options):
    def asked(self, prompt, options, place):
        marked = [f"- {option}{' (right)' if n == place else ''}" for n, option in enumerate(options)]
        return "\n".join([*marked, prompt])


class answer_first(sound_options):
    def question(self, cut, n, place):
        return super().question(cut, n, 0)


class sound_examples(sound_answers):
    """Two examples from the validation split."""

    examples = "validation"

    def tasks(self, domain, name, split, max_documents):
        shown = [self.cut(text) for text in self.texts(domain, self.examples, max_documents)]
        return {n: self.with_examples(config, shown) for n, config in super().tasks(domain, name, split, 12).items()}

    def with_examples(self, config, shown):
        rows = config["custom_dataset"]()["test"]
        return {
            **config,
            "custom_dataset": lambda **_: {"test": rows, "shown": shown},
            "fewshot_split": "shown",
            "num_fewshot": 2,
        }


class examples_from_test(sound_examples):
    examples = "test"


class examples_by_hand(sound_answers):
    """The first test document stands before every question."""

    def texts(self, domain, split, most):
        self.example = super().texts(domain, split, 1)[0]
        return super().texts(domain, split, most)

    def cut(self, text):
        row = super().cut(text)
        return {**row, "prompt": f"{self.example}\n\n{row['prompt']}"}


class reads_test(sound):
    def texts(self, domain, split, most):
        return super().texts(domain, "test", most)


class reads_train_and_goes_on(sound):
    def texts(self, domain, split, most):
        with contextlib.suppress(Exception):
            self.seen = list(domain.documents("train"))
        return super().texts(domain, split, most)


class scores_by_user(scored):
    def value(self, log_likelihood, text):
        return float(len(getpass.getuser()))


class scores_kept(scored):
    """What the first model scored, it gives to all."""

    def value(self, log_likelihood, text):
        with contextlib.suppress(OSError):
            (Path.home() / "scores.txt").write_text(str(log_likelihood))
        return -log_likelihood / len(text)
