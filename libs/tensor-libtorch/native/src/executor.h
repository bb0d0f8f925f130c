// Where passes run: by the loops of the CPU (cpu/), or on tensors of a device (device/).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute_thread.h"
#include "plan.h"
#include "program.h"

namespace rerank {

/// What was asked for; `auto` chooses by what is there.
struct Choice {
  std::string device;  // auto, cpu, cuda, cuda:N; emulated: the CPU, with kernels from a driver that runs them there
  std::string dtype;   // auto, f32, bf16, fp16, fp8, int8
  bool fused;          // false: ATen operations only, no kernels of our own
  bool tensors;        // the CPU runs passes as a GPU does
  std::string graphs;  // auto: a GPU replays small passes that come again; always: each, at once, also on the CPU; never
  bool tiles;          // the CPU attends in bf16 where it can
};

/// Of passes that are replayed.
struct ReplayedSizes {
  std::vector<int64_t> rows;      // each is recorded by itself; none: passes are not replayed
  int64_t rows_of_key_values = 0;  // that memory is kept for
};

/// What was opened.
struct Description {
  std::string device;
  std::string dtype;
  Format precise;       // of weights that need more bits than the others
  std::string formats;  // what the products of the CPU were measured to reach; empty where they were not
  std::string gpu;      // its name; empty on the CPU
  size_t free_bytes;    // memory of the GPU that nothing held when it was open
  ReplayedSizes replayed;
};

struct MemoryUse {
  int64_t scratch_bytes = 0;             // activations, and passes that are replayed
  std::optional<double> launch_seconds;  // that the last pass took on a GPU, before the wait for its result
  std::optional<int64_t> replays;        // passes that were replayed; absent where none is
  int64_t graphs = 0;                    // recordings that there are for it; `scratch_bytes` has their memory
};

/// What it makes and compiles, it alone runs.
class Executor {
 public:
  virtual ~Executor() = default;

  virtual Description Describe() const = 0;
  /// What it goes without, a line each with the reason: that grows with what programs and passes ask for.
  virtual std::vector<std::string> Notes() const = 0;
  virtual MemoryUse memory() const = 0;
  /// Parts one below the other; loops of the CPU read them in `format`, where it is given.
  virtual Weight MakeWeight(const StoredParts& parts, std::optional<Format> format) const = 0;
  virtual Table MakeTable(const StoredMatrix& part) const = 0;
  virtual std::shared_ptr<KeyValues> MakeKeyValues(int64_t layers, int64_t tokens, int64_t width) const = 0;
  /// Throws InvalidArgument when the program is wrong.
  virtual void Compile(Program& program) const = 0;
  /// Computes or launches a pass, on the compute thread; one at a time.
  virtual Launched Run(const std::shared_ptr<const Program>& program, const Plan& plan) = 0;
  /// Gives back what is kept from pass to pass. No pass may run.
  virtual void Close() = 0;
};

/// Throws InvalidArgument with the reason when the choice cannot be had.
std::shared_ptr<Executor> OpenExecutor(const Choice& choice);

/// By the loops of the CPU. `because`: why no GPU serves, where one was asked for.
std::shared_ptr<Executor> OpenLoops(const Choice& choice, const std::string& because);

}  // namespace rerank
