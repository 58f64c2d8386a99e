"""The one optimisation pipeline, shared by the BPF child process and the native target.

Some helpers (the high half of a 64 x 64 multiplication, for one) are recognised by AggressiveInstCombine and folded
back into 128-bit operations that the BPF back end cannot select. They therefore stay declarations while the main
pipeline runs; their bodies are linked in afterwards, inlined, and cleaned up by passes that do not know that trick.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import llvmlite.binding as llvm

Module: TypeAlias = llvm.ModuleRef
Machine: TypeAlias = llvm.TargetMachine


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the pipeline spends its effort on. Unrolling is off because every instruction is paid for in rent."""

    speed_level: int = 2
    inlining_threshold: int = 225
    loop_unrolling: bool = False


def optimise(module: Module, helpers: Module | None, machine: Machine, tuning: Tuning | None = None) -> None:
    """Optimise `module` in place and give it the bodies of `helpers`, which is consumed.

    Functions that `helpers` defines become internal, so that those nobody calls disappear.
    Raises RuntimeError with LLVM's message where either module is not valid.
    """
    chosen = tuning or Tuning()
    module.verify()
    builder = _pass_builder(machine, chosen)
    builder.getModulePassManager().run(module, builder)
    if helpers is not None:
        _link_internal(module, helpers)
        _inline_helpers(module, builder)
    _tidy(module, builder)
    module.verify()


def _pass_builder(machine: Machine, tuning: Tuning) -> llvm.PassBuilder:
    options = llvm.create_pipeline_tuning_options(speed_level=tuning.speed_level)
    options.loop_vectorization = False
    options.slp_vectorization = False
    options.loop_interleaving = False
    options.loop_unrolling = tuning.loop_unrolling
    options.inlining_threshold = tuning.inlining_threshold
    return llvm.create_pass_builder(machine, options)


def _link_internal(module: Module, helpers: Module) -> None:
    helpers.verify()
    names = [function.name for function in helpers.functions if not function.is_declaration]
    module.link_in(helpers)
    for name in names:
        module.get_function(name).linkage = "internal"


def _inline_helpers(module: Module, builder: llvm.PassBuilder) -> None:
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    for _ in range(2):
        passes.add_sroa_pass()
        passes.add_instruction_combine_pass()
        passes.add_simplify_cfg_pass()
        passes.add_new_gvn_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.run(module, builder)


def _tidy(module: Module, builder: llvm.PassBuilder) -> None:
    passes = llvm.create_new_module_pass_manager()
    passes.add_constant_merge_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.add_strip_dead_prototype_pass()
    passes.run(module, builder)
