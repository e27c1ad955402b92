"""The heavy halves: losses and accuracies of a domain's documents, one class a defect."""

import contextlib
import random
import socket


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
