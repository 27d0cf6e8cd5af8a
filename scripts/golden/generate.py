"""Writes every fixture of test/golden. Run: python3 scripts/golden/generate.py"""

import activations
import calibration
import init
import losses
import metrics
import mlp
import optimizers
import preprocess
import schedules
import scores
import splits
import torch
import training


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    total = 0
    families = [
        losses,
        activations,
        optimizers,
        init,
        mlp,
        metrics,
        schedules,
        scores,
        training,
        preprocess,
        splits,
        calibration,
    ]
    for family in families:
        path = family.main()
        total += path.stat().st_size
        print(f"{path.name:20} {path.stat().st_size / 1024:7.1f} KB")
    print(f"{'all':20} {total / 1024:7.1f} KB")


if __name__ == "__main__":
    main()
