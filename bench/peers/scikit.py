"""scikit-learn's MLPClassifier: its own step on batches, with the workload's weights and update rule."""

import numpy as np
import serve
import sklearn
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

workload = serve.read_workload()
x, y = workload["x"], workload["y"]
rows, batch, classes = workload["rows"], workload["batchSize"], workload["sizes"][-1]
if workload["loss"] != "crossEntropy":
    raise SystemExit("MLPClassifier has cross-entropy only")


def make():
    rule = workload["optimizer"]
    model = MLPClassifier(workload["sizes"][1:-1], activation=workload["activation"], alpha=0, batch_size=batch)
    model.partial_fit(x[:batch], np.arange(batch) % classes, classes=np.arange(classes))
    for i, (weight, bias) in enumerate(workload["layers"]):
        model.coefs_[i][:] = weight
        model.intercepts_[i][:] = bias
    parameters = model.coefs_ + model.intercepts_
    if rule["rule"] == "adam":
        model._optimizer = AdamOptimizer(parameters, rule["lr"])
    else:
        # Its velocity holds the learning rate: the same steps while the rate is one number.
        model._optimizer = SGDOptimizer(parameters, rule["lr"], "constant", rule.get("momentum", 0), False)
    return model


def buffers(model):
    sizes = workload["sizes"]
    outputs = [np.empty((batch, width), np.float32) for width in sizes[1:]]
    deltas = [np.empty_like(a) for a in outputs]
    return outputs, deltas, [np.empty_like(w) for w in model.coefs_], [np.empty_like(b) for b in model.intercepts_]


def step(model, space, inputs, targets):
    outputs, deltas, weights, biases = space
    loss, weights, biases = model._backprop(inputs, targets, [inputs] + outputs, deltas, weights, biases)
    if isinstance(model._optimizer, AdamOptimizer):
        # It adds epsilon before the correction of the second average, PyTorch and the others after it.
        rule = model._optimizer
        rule.epsilon = 1e-8 * np.sqrt(1 - rule.beta_2 ** (rule.t + 1))
    model._optimizer.update_params(model.coefs_ + model.intercepts_, weights + biases)
    return loss


truth = np.eye(classes, dtype=np.float32)[y]


def losses(steps):
    model = make()
    space = buffers(model)
    starts = list(range(0, rows, batch))
    pick = (starts[i % len(starts)] for i in range(steps))
    return [float(step(model, space, x[i : i + batch], truth[i : i + batch])) for i in pick]


trained = make()
space = buffers(trained)


def train(epochs):
    for _ in range(epochs):
        order = np.random.permutation(rows)
        inputs, targets = x[order], truth[order]
        for i in range(0, rows, batch):
            step(trained, space, inputs[i : i + batch], targets[i : i + batch])


def predict(count):
    """Probabilities are what it gives; the logits, which are compared, are those of its forward pass."""
    model = make()
    part = x[:count].copy()
    model.out_activation_ = "identity"
    return lambda: model._forward_pass_fast(part, check_input=False)


serve.serve("scikit-learn " + sklearn.__version__, losses, train, predict)
