"""A walk through layers by a learned policy: a deterministic policy gradient, made small.

An agent sees one layer's state at a time and answers with a number in (0, 1]; the reward comes at
the end of the walk. The critic learns what an answer is worth, the actor to give the best one.
Source: Lillicrap et al., 2015, arXiv 1509.02971. As walks are short and nothing is discounted, the
critic learns the walk's own reward, less the mean and over the spread of all, instead of what it
itself says of the next step; slow copies are then of no use. Sizes are ours, for one core.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

Answers = tuple[float, ...]
State = Callable[[Answers], Sequence[float]]
"""What the agent sees of the layer after those answered for, all within about [0, 1]."""
Allowed = Callable[[Answers, float], float]
"""An answer to the next layer, brought into what the budget leaves."""


@dataclass(frozen=True, slots=True)
class Walks:
    """*warm* of the *episodes* answer by chance; then noise falls by *cooling* each episode."""

    episodes: int = 60
    warm: int = 15
    noise: float = 0.5
    cooling: float = 0.93
    hidden: int = 64
    batch: int = 64
    lessons: int = 8  # after each episode


class _Step(NamedTuple):
    state: Tensor
    answer: Tensor
    reward: float


class Agent:
    """Actor and critic, and what has been seen."""

    def __init__(self, features: int, walks: Walks, seed: int) -> None:
        self.random = torch.Generator().manual_seed(seed)
        self.walks = walks
        self.seen: list[_Step] = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.actor = _net(features, walks.hidden)
            self.critic = _net(features + 1, walks.hidden)
        self.of_actor = torch.optim.Adam(self.actor.parameters(), lr=1e-3)
        self.of_critic = torch.optim.Adam(self.critic.parameters(), lr=5e-3)

    def answer(self, state: Tensor, noise: float) -> float:
        """In (0, 1]: the actor's, or by chance when *noise* is infinite."""
        chance = float(torch.randn(1, generator=self.random))
        if noise == float("inf"):
            return max(1e-3, float(torch.rand(1, generator=self.random)))
        with torch.no_grad():
            own = float(torch.sigmoid(self.actor(state)))
        return min(1.0, max(1e-3, own + noise * chance))

    def learn(self, steps: Sequence[tuple[Tensor, float]], reward: float) -> None:
        """From a walk, (state, answer) by layer, and its reward."""
        self.seen += [_Step(state, torch.tensor([answer]), reward) for state, answer in steps]
        if len(self.seen) > len(steps):
            for _ in range(self.walks.lessons):
                self._lesson()

    def _lesson(self) -> None:
        count = min(self.walks.batch, len(self.seen))
        chosen = torch.randint(len(self.seen), (count,), generator=self.random).tolist()
        states = torch.stack([self.seen[i].state for i in chosen])
        answers = torch.stack([self.seen[i].answer for i in chosen])
        rewards = torch.tensor([step.reward for step in self.seen])
        gains = (rewards[chosen] - rewards.mean()) / rewards.std().clamp(min=1e-6)
        worth = self.critic(torch.cat([states, answers], dim=1))[:, 0]
        _descend(self.of_critic, (worth - gains).square().mean())
        own = torch.sigmoid(self.actor(states))
        _descend(self.of_actor, -self.critic(torch.cat([states, own], dim=1)).mean())


def _net(features: int, hidden: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
        nn.Linear(hidden, 1),
    )  # fmt: skip


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


class Found(NamedTuple):
    """The best walk and its reward; and the actor's own in the end."""

    answers: Answers
    reward: float
    own: Answers


def search(
    layers: int,
    state: State,
    allowed: Allowed,
    reward: Callable[[Answers], float],
    walks: Walks,
    seed: int,
) -> Found:
    """Walk, learn, and walk again. reward: each list of answers is asked for once."""
    agent = Agent(len(state(())), walks, seed)
    known: dict[Answers, float] = {}
    noise = walks.noise
    for episode in range(walks.episodes):
        steps, answers = _walk(agent, layers, state, allowed, noise if episode >= walks.warm
                               else float("inf"))  # fmt: skip
        if answers not in known:
            known[answers] = reward(answers)
        agent.learn(steps, known[answers])
        noise = noise * walks.cooling if episode >= walks.warm else noise
    best = max(known, key=lambda answers: known[answers])
    return Found(best, known[best], _walk(agent, layers, state, allowed, 0.0)[1])


def _walk(
    agent: Agent, layers: int, state: State, allowed: Allowed, noise: float
) -> tuple[list[tuple[Tensor, float]], Answers]:
    """(state, answer) of each layer, and the answers."""
    answers: Answers = ()
    steps = []
    for _ in range(layers):
        seen = torch.tensor(state(answers), dtype=torch.float32)
        answers = (*answers, allowed(answers, agent.answer(seen, noise)))
        steps.append((seen, answers[-1]))
    return steps, answers
