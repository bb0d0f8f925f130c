#include "driver.h"

#include <dlfcn.h>

#include <functional>
#include <memory>
#include <stdexcept>

namespace rerank {
namespace {

template <typename Function>
void Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) throw std::runtime_error(std::string(name) + " is missing");
}

Driver OpenDriver() {
  void* library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) throw std::runtime_error("there is no NVIDIA driver (libcuda.so.1 cannot be loaded)");
  Driver driver{};
  Find(library, "cuInit", driver.init);
  Find(library, "cuDeviceGetCount", driver.device_count);
  Find(library, "cuDeviceGet", driver.device);
  Find(library, "cuDeviceGetName", driver.device_name);
  Find(library, "cuDeviceGetAttribute", driver.device_attribute);
  Find(library, "cuMemGetInfo_v2", driver.memory);
  Find(library, "cuModuleLoadData", driver.load_module);
  Find(library, "cuModuleUnload", driver.unload_module);
  Find(library, "cuModuleGetFunction", driver.module_function);
  Find(library, "cuLaunchKernel", driver.launch);
  Find(library, "cuGetErrorString", driver.error_text);
  driver.Check(driver.init(0), "the NVIDIA driver does not start");
  return driver;
}

// Functions of libnvrtc.
struct Compiler {
  int (*version)(int* major, int* minor);
  int (*create)(void** program, const char* source, const char* name, int headers, const char* const* contents,
                const char* const* names);
  int (*compile)(void* program, int count, const char* const* options);
  int (*destroy)(void** program);
  int (*log_size)(void* program, size_t* size);
  int (*log)(void* program, char* text);
  int (*code_size)(void* program, size_t* size);
  int (*code)(void* program, char* image);
};

// libtorch's own NVRTC first: libcaffe2_nvrtc.so is linked to it, and a symbol is looked for in what a library is linked to.
void* OpenCompilerLibrary() {
  for (const char* name : {"libcaffe2_nvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"}) {
    void* library = ::dlopen(name, RTLD_NOW);
    if (library != nullptr && ::dlsym(library, "nvrtcCompileProgram") != nullptr) return library;
  }
  throw std::runtime_error("there is no NVRTC (libnvrtc.so)");
}

Compiler OpenCompiler() {
  void* library = OpenCompilerLibrary();
  Compiler compiler{};
  Find(library, "nvrtcVersion", compiler.version);
  Find(library, "nvrtcCreateProgram", compiler.create);
  Find(library, "nvrtcCompileProgram", compiler.compile);
  Find(library, "nvrtcDestroyProgram", compiler.destroy);
  Find(library, "nvrtcGetProgramLogSize", compiler.log_size);
  Find(library, "nvrtcGetProgramLog", compiler.log);
  Find(library, "nvrtcGetCUBINSize", compiler.code_size);
  Find(library, "nvrtcGetCUBIN", compiler.code);
  return compiler;
}

const Compiler& LoadCompiler() {
  static const Compiler compiler = OpenCompiler();
  return compiler;
}

std::string LogOf(const Compiler& compiler, void* program) {
  size_t size = 0;
  if (compiler.log_size(program, &size) != 0 || size == 0) return "no log";
  std::string text(size, '\0');
  compiler.log(program, text.data());
  return text;
}

}  // namespace

void Driver::Check(int result, const char* what) const {
  if (result == 0) return;
  const char* text = nullptr;
  error_text(result, &text);
  throw std::runtime_error(std::string(what) + ": CUDA error: " + (text == nullptr ? std::to_string(result) : text));
}

const Driver& LoadDriver() {
  static const Driver driver = OpenDriver();
  return driver;
}

std::vector<Gpu> ListGpus() {
  constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*
  const Driver& driver = LoadDriver();
  int count = 0;
  driver.Check(driver.device_count(&count), "the GPUs cannot be counted");
  std::vector<Gpu> gpus(static_cast<size_t>(count));
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    Gpu& gpu = gpus[static_cast<size_t>(ordinal)];
    int handle = 0, major = 0, minor = 0;
    char name[256] = {};
    driver.Check(driver.device(&handle, ordinal), "a GPU cannot be opened");
    driver.Check(driver.device_name(name, sizeof(name) - 1, handle), "a GPU has no name");
    driver.Check(driver.device_attribute(&major, kMajor, handle), "a GPU has no compute capability");
    driver.Check(driver.device_attribute(&minor, kMinor, handle), "a GPU has no compute capability");
    gpu.name = name;
    gpu.architecture = 10 * major + minor;
  }
  return gpus;
}

size_t FreeBytes() {
  const Driver& driver = LoadDriver();
  size_t free_bytes = 0, all_bytes = 0;
  driver.Check(driver.memory(&free_bytes, &all_bytes), "a GPU does not say how much memory is free");
  return free_bytes;
}

std::string CompilerVersion() {
  int major = 0, minor = 0;
  LoadCompiler().version(&major, &minor);
  return std::to_string(major) + "." + std::to_string(minor);
}

std::string CompileCuda(const std::string& source, const std::string& architecture, const std::vector<std::string>& options) {
  const Compiler& compiler = LoadCompiler();
  void* program = nullptr;
  if (compiler.create(&program, source.c_str(), "fused.cu", 0, nullptr, nullptr) != 0) {
    throw std::runtime_error("NVRTC takes no program");
  }
  const std::unique_ptr<void, std::function<void(void*)>> owned(program, [&compiler](void* held) { compiler.destroy(&held); });
  std::vector<std::string> arguments = options;
  arguments.push_back("--gpu-architecture=" + architecture);
  arguments.push_back("--std=c++17");
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  if (compiler.compile(program, static_cast<int>(pointers.size()), pointers.data()) != 0) {
    throw std::runtime_error("NVRTC refuses the kernels for " + architecture + ": " + LogOf(compiler, program));
  }
  size_t size = 0;
  if (compiler.code_size(program, &size) != 0 || size == 0) throw std::runtime_error("NVRTC made no code for " + architecture);
  std::string code(size, '\0');
  compiler.code(program, code.data());
  return code;
}

}  // namespace rerank
