// Which vector and matrix instructions this process may use: what the processor has, the system lets it use, and CPU_ISA allows.
#pragma once

#include <string>

namespace rerank {

/// In rising order; each has what those before it have.
enum class CpuIsa {
  kBaseline,  // every processor of the architecture
  kAvx2,      // x86-64-v3
  kAvx512,    // x86-64-v4
  kVnni,      // and products of 8 bits that do not saturate
  kAmx,       // and matrix tiles of bf16 and int8
};

/// Decided at the first call, for the whole process. CPU_ISA=amx|vnni|avx512|avx2 caps it, for tests and benches. Throws
/// InvalidArgument on another value.
CpuIsa cpu_isa();

/// "amx", "vnni", "avx512", "avx2" or "baseline".
const char* NameOf(CpuIsa isa);

/// Why a processor with AMX is used without it; empty where it is used, capped, or not there.
const std::string& amx_because();

}  // namespace rerank
