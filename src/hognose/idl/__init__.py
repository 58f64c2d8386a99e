"""The interface description of a program in Anchor's format, for explorers and clients in other languages."""

from hognose.idl.build import build_idl, idl_json
from hognose.idl.models import Idl
from hognose.idl.types import IdlError

__all__ = ["Idl", "IdlError", "build_idl", "idl_json"]
