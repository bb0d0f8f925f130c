// The CUDA driver and NVRTC, found when they are needed: the addon is built without CUDA's headers and loads without a GPU.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rerank {

/// Functions of libcuda, by its C interface; a result that is not 0 is an error.
struct Driver {
  int (*init)(unsigned flags);
  int (*device_count)(int* count);
  int (*device)(int* handle, int ordinal);
  int (*device_name)(char* name, int length, int handle);
  int (*device_attribute)(int* value, int attribute, int handle);
  int (*memory)(size_t* free_bytes, size_t* all_bytes);
  int (*load_module)(void** module, const void* image);
  int (*unload_module)(void* module);
  int (*module_function)(void** function, void* module, const char* name);
  int (*launch)(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                unsigned block_z, unsigned shared_bytes, void* stream, void** arguments, void** extra);
  int (*error_text)(int error, const char** text);

  /// Throws std::runtime_error when the result is an error.
  void Check(int result, const char* what) const;
};

/// Throws std::runtime_error with the reason when there is no usable driver.
const Driver& LoadDriver();

struct Gpu {
  std::string name;
  /// Compute capability 9.0 is 90.
  int architecture = 0;
};

/// Every GPU that this process may use; throws as LoadDriver does.
std::vector<Gpu> ListGpus();

/// Memory of the current GPU that nothing holds, this process or another. Throws as LoadDriver does.
size_t FreeBytes();

/// Version of NVRTC, such as 12.6; throws as CompileCuda does when there is none.
std::string CompilerVersion();

/// Machine code for an architecture such as sm_90. Throws std::runtime_error with the compiler's log, or when there is no NVRTC.
std::string CompileCuda(const std::string& source, const std::string& architecture, const std::vector<std::string>& options);

}  // namespace rerank
