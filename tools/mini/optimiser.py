"""Muon for the matrices of the layers, AdamW for the embedding and the norms.

Muon (Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/): the momentum of a matrix is replaced
by the nearest orthogonal one, found with five Newton-Schulz steps, so that every direction learns at the same
speed.
"""

import torch

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic iteration, as published


def orthogonal(matrices: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """[n, rows, columns] -> the same shape, all singular values near 1. In bfloat16, which is enough here."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = (matrices.mT if tall else matrices).bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised; matrices of one shape go together."""

    def __init__(self, params, lr: float, momentum: float, weight_decay: float):
        super().__init__(list(params), {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for same in by_shape(group["params"]):
                self.step_together(same, group)

    def step_together(self, params: list[torch.Tensor], group: dict) -> None:
        momenta = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in params]
        for p, m in zip(params, momenta, strict=True):
            m.lerp_(p.grad, 1 - group["momentum"])
        ahead = torch.stack([p.grad.lerp(m, group["momentum"]) for p, m in zip(params, momenta, strict=True)])
        scale = max(1.0, params[0].shape[0] / params[0].shape[1]) ** 0.5
        for p, update in zip(params, orthogonal(ahead), strict=True):
            p.mul_(1 - group["lr"] * group["weight_decay"])
            p.add_(update, alpha=-group["lr"] * scale)


def by_shape(params: list[torch.Tensor]) -> list[list[torch.Tensor]]:
    shapes: dict[torch.Size, list[torch.Tensor]] = {}
    for p in params:
        shapes.setdefault(p.shape, []).append(p)
    return list(shapes.values())


def optimisers(model, training: dict[str, float]) -> list[torch.optim.Optimizer]:
    """Both, with the full learning rate of each kept as `full` in its groups."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    found: list[torch.optim.Optimizer] = [
        Muon(matrices, training["muon_rate"], training["muon_momentum"], training["weight_decay"]),
        torch.optim.AdamW(others, lr=training["adamw_rate"], betas=(0.9, 0.95), weight_decay=0.0),
    ]
    for optimiser in found:
        for group in optimiser.param_groups:
            group["full"] = group["lr"]
    return found
