"""training.json: runs of the perceptron of mlp.py with what callbacks and schedules do to them, in float64."""

import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel

from fixture import numbers, write
from mlp import BATCHES, batches, forward, weights

EPOCHS = 5
STEPS = EPOCHS * BATCHES
DECAY = 0.9

ABOUT = {
    "problem": "model, first weights and batches of mlp.json; 5 epochs of 10 steps, in order",
    "losses": "mean cross entropy of every step before its update",
    "final": "weights after the last step; of each tensor the elements 0, 7, 14, ...",
    "averages": "adam at lr 0.01. everySteps: update_parameters after steps whose number since "
    "startEpoch (from 1) is a multiple; the first copies; average: after the last step",
    "ema": "torch's AveragedModel with avg_fn = average + (1 - decay) * (weight - average)",
    "debias": "optax: m = decay * m + (1 - decay) * weight from 0, average = m / (1 - decay^n)",
    "warmup": "decay of update n (from 0; the first copies) is min(decay, (1 + n) / (10 + n))",
    "swa": "torch's AveragedModel as it is: the equal average",
    "unfreeze": "requires_grad is False for the layers listed until their epoch begins; then they "
    "join the optimizer by add_param_group; clipNorm as in optimizers.json",
}


class Perceptron(torch.nn.Module):
    """mlp.py's weights as a module, for AveragedModel."""

    def __init__(self):
        super().__init__()
        self.names = list(weights())
        self.values = torch.nn.ParameterList(torch.nn.Parameter(v.clone()) for v in weights().values())

    def named(self):
        return dict(zip(self.names, self.values))

    def loss(self, t):
        x, labels = batches()
        return F.cross_entropy(forward(self.named(), x[t % BATCHES]), labels[t % BATCHES])


def listed(model):
    """Weights by name, every seventh."""
    return {k: numbers(v.flatten()[::7]) for k, v in model.named().items()}


def step(model, optimizer, t, clip_norm=None):
    """One step down; the loss before it."""
    loss = model.loss(t)
    optimizer.zero_grad()
    loss.backward()
    if clip_norm:
        trained = [p for p in model.values if p.requires_grad]
        norm = torch.stack([p.grad.square().sum() for p in trained]).sum().sqrt()
        for p in trained:
            p.grad *= min(1.0, clip_norm / float(norm))
    optimizer.step()
    return float(loss.detach())


def one_cycle(name, make):
    """OneCycleLR with the momentum that goes with it."""
    model = Perceptron()
    optimizer = make(model.values)
    schedule = OneCycleLR(optimizer, max_lr=0.05, total_steps=STEPS)
    losses = []
    for t in range(STEPS):
        losses.append(step(model, optimizer, t))
        if t + 1 < STEPS:
            schedule.step()
    return {"name": name, "losses": numbers(losses), "final": listed(model)}


def warmup(average, weight, n):
    return average + (1 - min(DECAY, (1 + int(n)) / (10 + int(n)))) * (weight - average)


def constant(average, weight, _):
    return average + (1 - DECAY) * (weight - average)


def averaged(name, avg_fn, every, start_epoch):
    """The average beside a run."""
    model = Perceptron()
    optimizer = torch.optim.Adam(model.values, lr=0.01)
    average = AveragedModel(model, avg_fn=avg_fn)
    for t in range(STEPS):
        step(model, optimizer, t)
        since = t + 1 - (start_epoch - 1) * BATCHES
        if since > 0 and since % every == 0:
            average.update_parameters(model)
    options = {"everySteps": every, "startEpoch": start_epoch}
    return {"name": name, **options, "average": listed(average.module)}


def debiased(every, start_epoch):
    """optax.ema(decay, debias=True), written out."""
    model = Perceptron()
    optimizer = torch.optim.Adam(model.values, lr=0.01)
    sums, n = [torch.zeros_like(p) for p in model.values], 0
    for t in range(STEPS):
        step(model, optimizer, t)
        since = t + 1 - (start_epoch - 1) * BATCHES
        if since > 0 and since % every == 0:
            n += 1
            for total, p in zip(sums, model.values):
                total.mul_(DECAY).add_((1 - DECAY) * p.detach())
    average = {k: numbers((total / (1 - DECAY**n)).flatten()[::7]) for k, total in zip(model.names, sums)}
    options = {"everySteps": every, "startEpoch": start_epoch}
    return {"name": "debias", **options, "average": average}


def unfrozen(name, make, schedule, clip_norm=None):
    """Layers that join later. schedule: layer by epoch, from 1."""
    model = Perceptron()
    layer = lambda i: [p for k, p in model.named().items() if k.startswith(f"layers.{i}.")]
    for i in schedule.values():
        for p in layer(i):
            p.requires_grad = False
    optimizer = make([p for p in model.values if p.requires_grad])
    losses = []
    for t in range(STEPS):
        epoch = t // BATCHES + 1
        if t % BATCHES == 0 and epoch in schedule:
            for p in layer(schedule[epoch]):
                p.requires_grad = True
            optimizer.add_param_group({"params": layer(schedule[epoch])})
        losses.append(step(model, optimizer, t, clip_norm))
    options = {"schedule": [{"epoch": e, "layers": f"layers.{i}"} for e, i in schedule.items()]}
    return {"name": name, **options, "clipNorm": clip_norm or 0, "losses": numbers(losses), "final": listed(model)}


def main():
    torch.set_num_threads(1)
    sgd = lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9)
    adam = lambda parameters: torch.optim.Adam(parameters, lr=0.01)
    content = {
        "oneCycle": [
            one_cycle("sgd", sgd),
            one_cycle("nesterov", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
            one_cycle("rmsprop", lambda p: torch.optim.RMSprop(p, lr=0.05, momentum=0.9)),
            one_cycle("adam", adam),
            one_cycle("adamW", lambda p: torch.optim.AdamW(p, lr=0.05)),
        ],
        "averages": [
            averaged("ema", constant, 1, 1),
            averaged("ema", constant, 3, 2),
            averaged("warmup", warmup, 1, 2),
            debiased(1, 1),
            debiased(4, 3),
            averaged("swa", None, 10, 3),
            averaged("swa", None, 3, 2),
        ],
        "unfreeze": [
            unfrozen("sgd", sgd, {2: 1, 4: 0}),
            unfrozen("adam", adam, {2: 1, 4: 0}),
            unfrozen("adam", adam, {3: 0}, clip_norm=0.5),
        ],
    }
    return write("training", ABOUT, content)


if __name__ == "__main__":
    main()
