"""What a site makes of a network's scores: thresholds, and what becomes of each shape.

A policy is a stack of layers, the site's own over those of a preset. Applied to a bundle it comes
to `Rules`, one row a weapon-shaped label, which is all that a verdict needs to know.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from classifier.runtime.bundle import BundleLabel, Thresholds
from classifier.runtime.errors import PolicyError
from dataset_builder.sources.labels import LABELS

BUNDLE = "the network"
"""Where a threshold comes from that no policy has moved."""


class Action(StrEnum):
    """What may become of an object because of a shape, in ascending concern."""

    IGNORE = "ignore"
    REVIEW_ONLY = "review-only"
    JUDGE = "judge"


class Unfamiliar(StrEnum):
    """What becomes of an object that is unlike anything the network learned from."""

    REVIEW = "review"
    IGNORE = "ignore"


class Level(NamedTuple):
    """A threshold as written: a score, or a share of the bundle's own threshold."""

    value: float
    of_bundle: bool = False

    def against(self, bundled: float) -> float:
        """The score it comes to where the bundle says *bundled*."""
        return min(self.value * bundled, 1.0) if self.of_bundle else self.value


@dataclass(frozen=True, slots=True)
class Settings:
    """One table: what it changes, None for what it leaves as it is."""

    review_at: Level | None = None
    flag_at: Level | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One policy file. origin: how messages and tables call it."""

    origin: str
    about: str = ""
    general: Settings = Settings()
    labels: Mapping[str, Settings] = field(default_factory=dict)
    unfamiliar: Unfamiliar | None = None


class Bound(NamedTuple):
    """A threshold in force and where it comes from."""

    at: float
    origin: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one label. 0 < review_at.at <= flag_at.at <= 1."""

    label: str
    action: Action
    action_origin: str
    review_at: Bound
    flag_at: Bound


@dataclass(frozen=True, slots=True)
class Rules:
    """A policy applied to a bundle. general: what holds where no label has rules of its own."""

    policy: str
    about: str
    general: Rule
    labels: tuple[Rule, ...]
    unfamiliar: Unfamiliar
    unfamiliar_origin: str

    @property
    def plain(self) -> bool:
        """Whether all labels are judged, and alike."""
        alike = {(r.action, r.review_at.at, r.flag_at.at) for r in self.labels}
        return alike == {(Action.JUDGE, self.general.review_at.at, self.general.flag_at.at)}

    def to_json(self) -> dict[str, Any]:
        """What `printwarden policy show --json` prints."""
        return {
            "policy": self.policy,
            "about": self.about,
            "sha256": self.digest(),
            "general": _row(self.general),
            "labels": [_row(rule) for rule in self.labels],
            "unfamiliar": {"value": self.unfamiliar.value, "from": self.unfamiliar_origin},
        }

    def digest(self) -> str:
        """SHA-256 of all that can change a verdict; names and origins are not among it."""
        rows = [
            (r.label, r.action, r.review_at.at, r.flag_at.at) for r in (self.general, *self.labels)
        ]
        return hashlib.sha256(json.dumps([rows, self.unfamiliar]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Policy:
    """layers: each over those before it; none at all leaves a bundle as it is."""

    name: str = "default"
    layers: tuple[Layer, ...] = ()

    @property
    def about(self) -> str:
        """One sentence, the uppermost layer's that has one."""
        return next((layer.about for layer in reversed(self.layers) if layer.about), "")

    def applied(self, bundled: Thresholds, labels: Iterable[BundleLabel]) -> Rules:
        """The rules in force. Raises PolicyError for thresholds or labels that cannot be meant."""
        known = tuple(labels)
        weapon = [label.name for label in known if label.weapon_shaped]
        self._check_labels({*weapon, *(label.name for label in LABELS if label.weapon_shaped)})
        plain = (Bound(bundled.review_at, BUNDLE), Bound(bundled.flag_at, BUNDLE))
        general = Rule("", Action.JUDGE, BUNDLE, *plain)
        for layer in self.layers:
            general = _moved(general, layer.general, layer.origin, bundled)
        rows = tuple(self._rule(name, general, bundled) for name in weapon)
        if all(rule.action is Action.IGNORE for rule in rows):
            raise PolicyError(
                self.name, "ignores every weapon-shaped label", "Leave at least one to be judged"
            )
        unfamiliar = [layer for layer in self.layers if layer.unfamiliar is not None]
        return Rules(
            policy=self.name,
            about=self.about,
            general=general,
            labels=rows,
            unfamiliar=(unfamiliar[-1].unfamiliar if unfamiliar else None) or Unfamiliar.REVIEW,
            unfamiliar_origin=unfamiliar[-1].origin if unfamiliar else BUNDLE,
        )

    def _rule(self, label: str, general: Rule, bundled: Thresholds) -> Rule:
        rule = Rule(
            label, general.action, general.action_origin, general.review_at, general.flag_at
        )
        for layer in self.layers:
            rule = _moved(rule, layer.labels.get(label, Settings()), layer.origin, bundled)
        return rule

    def _check_labels(self, known: Sequence[str] | set[str]) -> None:
        for layer in self.layers:
            for label in layer.labels:
                if label not in known:
                    raise PolicyError(
                        f"{layer.origin}, [policy.labels]",
                        f"no weapon-shaped label {label!r}",
                        f"There are: {', '.join(sorted(known))}",
                    )


def _moved(rule: Rule, settings: Settings, origin: str, bundled: Thresholds) -> Rule:
    """*rule* with what *settings* says instead; a threshold moved past the other takes it along."""
    review, flag = rule.review_at, rule.flag_at
    if settings.review_at is not None:
        review = Bound(settings.review_at.against(bundled.review_at), origin)
    if settings.flag_at is not None:
        flag = Bound(settings.flag_at.against(bundled.flag_at), origin)
    if settings.review_at is None and flag.at < review.at:
        review = Bound(flag.at, origin)
    if settings.flag_at is None and review.at > flag.at:
        flag = Bound(review.at, origin)
    if not 0.0 < review.at <= flag.at <= 1.0:
        raise PolicyError(
            f"{origin}, [policy.labels.{rule.label}]" if rule.label else f"{origin}, [policy]",
            f"review_at = {review.at:.4g} and flag_at = {flag.at:.4g} do not agree",
            "Choose 0 < review_at <= flag_at <= 1",
        )
    if settings.action is None:
        return Rule(rule.label, rule.action, rule.action_origin, review, flag)
    return Rule(rule.label, settings.action, origin, review, flag)


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "label": rule.label or None,
        "action": {"value": rule.action.value, "from": rule.action_origin},
        "review_at": {"value": rule.review_at.at, "from": rule.review_at.origin},
        "flag_at": {"value": rule.flag_at.at, "from": rule.flag_at.origin},
    }
