"""Back end: LLVM lowering, BPF code generation in a child process, the SBPF linker and the native target."""
