# Finds libtorch without find_package(Torch), which wants a complete CUDA toolkit for a CUDA libtorch and can mix two
# versions on one machine. Looks in LIBTORCH_HOME (an unpacked zip, or the torch folder of a wheel), then in the system.
#
# Defines Libtorch_FOUND, LIBTORCH_VERSION, LIBTORCH_CXX_STANDARD and the target Libtorch::Libtorch.

set(LIBTORCH_HOME "$ENV{LIBTORCH_HOME}" CACHE PATH "Folder with include/ and lib/ of libtorch")

if(LIBTORCH_HOME)
  set(_search PATHS "${LIBTORCH_HOME}" NO_DEFAULT_PATH)
endif()
find_path(LIBTORCH_INCLUDE ATen/ATen.h ${_search} PATH_SUFFIXES include)
# The version stands in torch/version.h, from 2.8 on in a header that it includes.
find_path(LIBTORCH_VERSION_INCLUDE NAMES torch/headeronly/version.h torch/version.h ${_search}
  PATH_SUFFIXES include include/torch/csrc/api/include)
find_library(LIBTORCH_CPU torch_cpu ${_search} PATH_SUFFIXES lib lib64 lib/x86_64-linux-gnu lib/aarch64-linux-gnu)
find_library(LIBTORCH_C10 c10 ${_search} PATH_SUFFIXES lib lib64 lib/x86_64-linux-gnu lib/aarch64-linux-gnu)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libtorch REQUIRED_VARS LIBTORCH_INCLUDE LIBTORCH_CPU LIBTORCH_C10)
if(NOT Libtorch_FOUND)
  return()
endif()

set(LIBTORCH_VERSION "0")
if(LIBTORCH_VERSION_INCLUDE)
  set(_parts)
  set(_header "${LIBTORCH_VERSION_INCLUDE}/torch/headeronly/version.h")
  if(NOT EXISTS "${_header}")
    set(_header "${LIBTORCH_VERSION_INCLUDE}/torch/version.h")
  endif()
  foreach(_part MAJOR MINOR PATCH)
    file(STRINGS "${_header}" _line REGEX "define TORCH_VERSION_${_part} ")
    string(REGEX REPLACE ".* ([0-9]+).*" "\\1" _number "${_line}")
    list(APPEND _parts "${_number}")
  endforeach()
  list(JOIN _parts "." LIBTORCH_VERSION)
endif()

# 2.14's headers refuse anything older than C++20; 1.13's were written for C++14.
set(LIBTORCH_CXX_STANDARD 17)
if(LIBTORCH_VERSION VERSION_GREATER_EQUAL 2.13)
  set(LIBTORCH_CXX_STANDARD 20)
endif()

# Wheels up to 2.5 were built with the old ABI of std::string; the library says which one it has.
execute_process(COMMAND "${CMAKE_NM}" -DC "${LIBTORCH_C10}" OUTPUT_VARIABLE _symbols ERROR_QUIET)
set(_abi 0)
if(_symbols MATCHES "__cxx11")
  set(_abi 1)
endif()

add_library(Libtorch::Libtorch INTERFACE IMPORTED)
set_target_properties(Libtorch::Libtorch PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${LIBTORCH_INCLUDE}"
  INTERFACE_COMPILE_DEFINITIONS "_GLIBCXX_USE_CXX11_ABI=${_abi}"
  INTERFACE_LINK_LIBRARIES "${LIBTORCH_CPU};${LIBTORCH_C10}")
get_filename_component(LIBTORCH_LIBRARY_DIR "${LIBTORCH_CPU}" DIRECTORY)
