#include "graph_maker.h"

#include <dlfcn.h>

#include <stdexcept>

namespace rerank {

void* SymbolBeside(const std::string& library, const char* symbol) {
  Dl_info addon{};
  if (::dladdr(reinterpret_cast<void*>(&SymbolBeside), &addon) == 0) throw std::runtime_error("the addon's folder is not known");
  const std::string folder = addon.dli_fname;
  const std::string file = folder.substr(0, folder.rfind('/') + 1) + library;
  void* const loaded = ::dlopen(file.c_str(), RTLD_NOW);
  if (loaded == nullptr) {
    const char* error = ::dlerror();
    throw std::runtime_error(library + " was not built, or: " + (error == nullptr ? file : error));
  }
  void* const found = ::dlsym(loaded, symbol);
  if (found == nullptr) throw std::runtime_error(file + " is of another version");
  return found;
}

std::unique_ptr<GraphMaker> LoadGraphMaker(const std::string& library) {
  using Make = GraphMaker* (*)();
  return std::unique_ptr<GraphMaker>(reinterpret_cast<Make>(SymbolBeside(library, "rerank_make_graph_maker"))());
}

}  // namespace rerank
