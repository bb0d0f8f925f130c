#include "weights.h"

#include <ATen/Functions.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "errors.h"
#include "huge_pages.h"

namespace rerank {
namespace {

// A read-only mapping of a range of a file; whole pages, as mmap wants it.
class Mapping {
 public:
  Mapping(const std::string& path, int64_t offset, int64_t length) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw InvalidArgument(path + " cannot be opened");
    struct stat status = {};
    const bool known = ::fstat(descriptor, &status) == 0;
    const int64_t page = ::sysconf(_SC_PAGESIZE);
    const int64_t start = offset / page * page;
    if (known && offset + length <= status.st_size) {
      length_ = static_cast<size_t>(offset + length - start);
      address_ = ::mmap(nullptr, length_, PROT_READ, MAP_PRIVATE, descriptor, start);
    }
    ::close(descriptor);
    if (address_ == MAP_FAILED) throw InvalidArgument(path + " cannot be mapped; is it truncated?");
    data_ = static_cast<char*>(address_) + (offset - start);
  }
  ~Mapping() { ::munmap(address_, length_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  void* data() const { return data_; }

 private:
  void* address_ = MAP_FAILED;
  size_t length_ = 0;
  void* data_ = nullptr;
};

}  // namespace

at::Tensor StoredMatrix::View() const {
  const auto options = at::TensorOptions().dtype(dtype);
  if (path.empty()) return at::from_blob(const_cast<void*>(bytes), {rows, columns}, options);
  auto mapping = std::make_shared<Mapping>(path, offset, byte_length());
  return at::from_blob(mapping->data(), {rows, columns}, [mapping](void*) {}, options);
}

int64_t RowsOf(const StoredParts& parts) {
  int64_t rows = 0;
  for (const StoredMatrix& part : parts) {
    if (part.columns != parts[0].columns) throw InvalidArgument("the parts of a weight must have equal columns");
    rows += part.rows;
  }
  return rows;
}

at::Tensor Joined(const StoredParts& parts, const at::TensorOptions& options) {
  at::Tensor values = at::empty({RowsOf(parts), parts[0].columns}, options);
  if (values.is_cpu()) PreferHugePages(values.data_ptr(), values.nbytes());
  int64_t row = 0;
  for (const StoredMatrix& part : parts) {
    if (part.dtype == at::kChar) throw InvalidArgument("weights in 8 bits are read by products of the CPU in int8 alone");
    values.narrow(0, row, part.rows).copy_(part.View());
    row += part.rows;
  }
  return values;
}

}  // namespace rerank
