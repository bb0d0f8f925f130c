#include "graph_maker.h"

#include <dlfcn.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace rerank {
namespace {

class RunAgain final : public Graph {
 public:
  explicit RunAgain(std::function<void()> launches) : launches_(std::move(launches)) {}
  void Replay() override { launches_(); }

 private:
  std::function<void()> launches_;
};

class RunAgainMaker final : public GraphMaker {
 public:
  void* Stream() override { return nullptr; }
  std::unique_ptr<Graph> Capture(const std::function<void()>& launches) override { return std::make_unique<RunAgain>(launches); }
};

// graphs.so lies beside the addon.
std::string LibraryFile() {
  Dl_info addon{};
  if (::dladdr(reinterpret_cast<void*>(&LoadGraphMaker), &addon) == 0) throw std::runtime_error("the addon's folder is not known");
  const std::string file = addon.dli_fname;
  return file.substr(0, file.rfind('/') + 1) + "graphs.so";
}

}  // namespace

std::unique_ptr<GraphMaker> LoadGraphMaker() {
  const std::string file = LibraryFile();
  void* const library = ::dlopen(file.c_str(), RTLD_NOW);
  if (library == nullptr) {
    const char* error = ::dlerror();
    throw std::runtime_error(std::string("built without CUDA's headers, or: ") + (error == nullptr ? file : error));
  }
  using Make = GraphMaker* (*)();
  const auto make = reinterpret_cast<Make>(::dlsym(library, "rerank_make_graph_maker"));
  if (make == nullptr) throw std::runtime_error(file + " is of another version");
  return std::unique_ptr<GraphMaker>(make());
}

std::unique_ptr<GraphMaker> MakeRunAgain() { return std::make_unique<RunAgainMaker>(); }

}  // namespace rerank
