"""The models of clientscape, as `clv_contenders.py` runs them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from clv_histories import Array, Histories

MODULES = {"BGNBD": "bgnbd", "MBGNBD": "mbgnbd", "ParetoNBD": "paretonbd", "GammaGamma": "gamma_gamma"}


def fit(model: str, h: Histories) -> Any:
    """The model, fitted."""
    fitted = _model(model)
    return fitted.fit(h.x, h.m_x) if model == "GammaGamma" else fitted.fit(h.x, h.t_x, h.T)


def parameters(fitted: Any) -> dict[str, float]:
    """What was estimated."""
    return {name: float(value) for name, value in fitted.parameters_.items()}


def forecasts(model: str, fitted: Any, h: Histories, horizon: float) -> Mapping[str, Callable[[], Array]]:
    """What is forecast of all customers."""
    if model == "GammaGamma":
        return {"order value": lambda: fitted.expected_order_value(h.x, h.m_x)}
    return {
        "expected orders": lambda: fitted.expected_orders(h.x, h.t_x, h.T, horizon),
        "P(alive)": lambda: fitted.p_alive(h.x, h.t_x, h.T),
    }


def at(model: str, values: Mapping[str, float]) -> Any:
    """The model as if these parameters had been estimated."""
    fitted = _model(model)
    fitted.status_ = "ok"
    for name, value in values.items():
        setattr(fitted, f"{name}_", value)
    return fitted


def _model(name: str) -> Any:
    return getattr(import_module(f"clientscape.clv.{MODULES[name]}"), name)()
