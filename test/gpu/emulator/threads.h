// Threads of a block as fibers of one thread: each runs until it waits for the others, then the next one does.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <vector>

struct Index {
  unsigned x = 0, y = 0, z = 0;
};
inline Index threadIdx, blockIdx, blockDim;

namespace emulator {

constexpr size_t kStackBytes = 64 << 10;
constexpr size_t kMostThreads = 1024;

struct Fiber {
  ucontext_t context;
  std::vector<char> stack = std::vector<char>(kStackBytes);
  bool ended = false;
  unsigned exchanges = 0;
};

inline std::vector<Fiber> fibers;
inline ucontext_t scheduler;
inline size_t current = 0;
inline std::function<void()> body;
/// Two, taken in turn: a thread may begin its next exchange before the others have read this one.
inline float exchanged[2][kMostThreads];

/// Until every thread that has not ended waits too. Right for code whose threads all wait at the same places.
inline void WaitForOthers() { swapcontext(&fibers[current].context, &scheduler); }

inline float FromLane(float value, unsigned distance) {
  const size_t self = current;
  float* values = exchanged[fibers[self].exchanges++ % 2];
  values[self] = value;
  WaitForOthers();
  return values[self ^ distance];
}

inline void RunThread() {
  body();
  fibers[current].ended = true;
}

/// One block; `blockIdx` and `blockDim` are set.
inline void RunBlock(unsigned threads, std::function<void()> kernel) {
  body = std::move(kernel);
  if (fibers.size() < threads) fibers.resize(threads);
  for (unsigned thread = 0; thread < threads; ++thread) {
    Fiber& fiber = fibers[thread];
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.data();
    fiber.context.uc_stack.ss_size = fiber.stack.size();
    fiber.context.uc_link = &scheduler;
    makecontext(&fiber.context, RunThread, 0);
    fiber.ended = false;
    fiber.exchanges = 0;
  }
  for (bool running = true; running;) {
    running = false;
    for (unsigned thread = 0; thread < threads; ++thread) {
      if (fibers[thread].ended) continue;
      running = true;
      current = thread;
      threadIdx.x = thread;
      swapcontext(&scheduler, &fibers[thread].context);
    }
  }
}

}  // namespace emulator

#define __device__
#define __global__
#define __forceinline__ inline
#define __launch_bounds__(threads)
#define __shared__ static
#define __syncthreads() emulator::WaitForOthers()
#define __shfl_xor_sync(lanes, value, distance) emulator::FromLane(value, distance)
