"""A GPU that is none: tensors say that they lie there, and mixing them with others is an error.

What runs on a GPU is tried on a machine without one: the values are the CPU's, the mistakes those
of two devices. A tensor is marked when it is moved, or made from marked ones. Two things are not
seen: what happens inside a backward pass, and how a GPU rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

GPU = torch.device("cuda", 0)
CPU = torch.device("cpu")
WRAPPING = (nn.Parameter, nn.Buffer)
MIXING = {"copy_", "backward", "_has_compatible_shallow_copy_type"}
"""What may take tensors of two devices."""
OF_THE_CPU = {"numpy", "__array__"}
INPLACE = {"__iadd__", "__isub__", "__imul__", "__itruediv__", "__setitem__"}


def is_there(tensor: Tensor) -> bool:
    """Does it say that it lies on the GPU?"""
    return bool(tensor.__dict__.get("there", False))


def _mark(tensor: Tensor, there: bool) -> None:
    tensor.__dict__["there"] = there


class PretendGpu(TorchFunctionMode):
    """Inside of it GPU is a place where tensors can lie."""

    def __enter__(self) -> PretendGpu:
        super().__enter__()
        self.patches = ExitStack()
        for kind in WRAPPING:  # torch tells a mode nothing of these
            self.patches.enter_context(patch.object(kind, "__new__", _wrapping(kind.__new__)))
        return self

    def __exit__(self, *why: Any) -> None:
        self.patches.close()
        super().__exit__(*why)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        name = _name(func)
        if name in SPECIAL:
            return SPECIAL[name](func, args, kwargs)
        tensors = list(_tensors((args, kwargs)))
        there = any(is_there(one) for one in tensors)
        if there and name in OF_THE_CPU:
            raise TypeError(f"{name}: can't convert a GPU's tensor. Use .cpu() first.")
        if there and name not in MIXING:
            _refuse_mixed(name, args, tensors)
        asked = kwargs.get("device")
        if asked is not None and torch.device(asked).type == "cuda":
            if kwargs.get("generator") is not None:
                raise RuntimeError(f"{name}: a CPU's generator cannot draw on a GPU")
            kwargs["device"], there = CPU, True
        elif asked is not None:
            there = False
        return _marked(func(*args, **kwargs), there)


def _name(func: Callable[..., Any]) -> str:
    """Of a getter or setter with the attribute: "device.__get__"."""
    name = getattr(func, "__name__", str(func))
    attribute = getattr(getattr(func, "__self__", None), "__name__", "")
    return f"{attribute}.{name}" if name in {"__get__", "__set__"} else name


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        yield from _tensors(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _tensors(one)


def _refuse_mixed(name: str, args: Any, tensors: Iterable[Tensor]) -> None:
    """A scalar of the CPU goes with all; an index may lie on the CPU."""
    if name == "__getitem__" and is_there(args[0]):
        return
    if name == "__setitem__" and is_there(args[0]):
        tensors = [args[0], *_tensors(args[2])]
    elsewhere = [one for one in tensors if not is_there(one)]
    changes = name in INPLACE or (name.endswith("_") and not name.startswith("_"))
    if any(one.dim() for one in elsewhere) or (changes and elsewhere and elsewhere[0] is args[0]):
        raise RuntimeError(f"{name}: expected all tensors to be on the same device")


def _wrapping(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(kind: type, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        result = make(kind, data, *args, **kwargs)
        _mark(result, data is not None and is_there(data))
        return result

    return made


def _marked(result: Any, there: bool) -> Any:
    for one in _tensors(result):
        _mark(one, there)
    return result


def _to(func: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Where to is told by a device, its name, or a tensor that lies there."""
    there = is_there(args[0])
    plain = []
    for one in args[1:]:
        if isinstance(one, Tensor):
            there, one = is_there(one), one.dtype
        elif isinstance(one, (str, torch.device)):
            there, one = torch.device(one).type == "cuda", CPU
        plain.append(one)
    if kwargs.get("device") is not None:
        there, kwargs["device"] = torch.device(kwargs["device"]).type == "cuda", CPU
    return _moved(args[0], func(args[0], *plain, **kwargs), there)


def _moved(tensor: Tensor, result: Tensor, there: bool) -> Tensor:
    if result is tensor and there != is_there(tensor):
        result = result.clone()
    _mark(result, there)
    return result


def _device(func: Callable[..., Any], args: Any, kwargs: Any) -> torch.device:
    return GPU if is_there(args[0]) else CPU


def _set_data(func: Callable[..., Any], args: Any, kwargs: Any) -> None:
    func(*args)
    _mark(args[0], is_there(args[1]))


SPECIAL: Mapping[str, Callable[..., Any]] = {
    "to": _to,
    "cpu": lambda func, args, kwargs: _moved(args[0], args[0], False),
    "cuda": lambda func, args, kwargs: _moved(args[0], args[0], True),
    "device.__get__": _device,
    "is_cuda.__get__": lambda func, args, kwargs: is_there(args[0]),
    "is_cpu.__get__": lambda func, args, kwargs: not is_there(args[0]),
    "data.__set__": _set_data,
}
