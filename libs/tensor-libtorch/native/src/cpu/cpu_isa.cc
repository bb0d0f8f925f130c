#include "cpu_isa.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "../errors.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace rerank {
namespace {

constexpr CpuIsa kAll[] = {CpuIsa::kBaseline, CpuIsa::kAvx2, CpuIsa::kAvx512, CpuIsa::kVnni, CpuIsa::kAmx};

struct Granted {
  CpuIsa isa;
  std::string amx_because;
};

CpuIsa Cap() {
  const char* asked = std::getenv("CPU_ISA");
  if (asked == nullptr || *asked == '\0') return CpuIsa::kAmx;
  for (const CpuIsa isa : kAll) {
    if (isa != CpuIsa::kBaseline && std::strcmp(asked, NameOf(isa)) == 0) return isa;
  }
  throw InvalidArgument(std::string("CPU_ISA must be amx, vnni, avx512 or avx2, got ") + asked);
}

#if defined(__x86_64__)

// What -march=x86-64-v3 and -march=x86-64-v4 may use, as far as the system saves its registers.
CpuIsa VectorsOfProcessor() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2")) return CpuIsa::kBaseline;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq") ||
      !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512cd")) {
    return CpuIsa::kAvx2;
  }
  return __builtin_cpu_supports("avx512vnni") ? CpuIsa::kVnni : CpuIsa::kAvx512;
}

bool ProcessorHasAmx() {
  constexpr unsigned kTilesBf16Int8 = 1u << 24 | 1u << 22 | 1u << 25;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kTilesBf16Int8) == kTilesBf16Int8;
}

bool SystemSavesTiles() {
  constexpr unsigned kTileConfiguration = 1u << 17, kTileData = 1u << 18;
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & kTileConfiguration) != 0 && (low & kTileData) != 0;
}

// Tiles are eight kilobytes a thread, which Linux saves for processes that asked for them only.
std::string AskForTiles() {
  if (!SystemSavesTiles()) return "the system does not save its registers (Linux does from 5.16 on)";
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  if (::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0) return "";
  return std::string("the system refused the permission: ") + std::strerror(errno);
#else
  return "how to ask for the permission is known on Linux only";
#endif
}

Granted Ask(CpuIsa cap) {
  const CpuIsa vectors = std::min(VectorsOfProcessor(), cap);
  if (cap < CpuIsa::kAmx || vectors < CpuIsa::kVnni || !ProcessorHasAmx()) return {vectors, ""};
  const std::string because = AskForTiles();
  return {because.empty() ? CpuIsa::kAmx : vectors, because};
}

#else

Granted Ask(CpuIsa) { return {CpuIsa::kBaseline, ""}; }

#endif

const Granted& Decided() {
  static const Granted granted = Ask(Cap());
  return granted;
}

}  // namespace

CpuIsa cpu_isa() { return Decided().isa; }

const std::string& amx_because() { return Decided().amx_because; }

const char* NameOf(CpuIsa isa) {
  switch (isa) {
    case CpuIsa::kBaseline: return "baseline";
    case CpuIsa::kAvx2: return "avx2";
    case CpuIsa::kAvx512: return "avx512";
    case CpuIsa::kVnni: return "vnni";
    case CpuIsa::kAmx: return "amx";
  }
  return "unknown";
}

}  // namespace rerank
