# The CUDA library, libgridstride_cuda.so beside the addon: kernels and host side, with CUDA's run time linked in, so that
# a machine needs a driver and nothing else. Machine code for sm_80, sm_90a and sm_120 as far as nvcc knows them, and PTX
# of sm_80 for everything newer.
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # older versions of CMake do not know that nvcc can
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
execute_process(COMMAND ${CMAKE_CUDA_COMPILER} --list-gpu-arch OUTPUT_VARIABLE known_architectures
  COMMAND_ERROR_IS_FATAL ANY)
set(CUDA_TARGETS 80)
if(known_architectures MATCHES "compute_90")
  list(APPEND CUDA_TARGETS 90a-real)
endif()
if(known_architectures MATCHES "compute_120")
  list(APPEND CUDA_TARGETS 120-real)
endif()

file(GLOB_RECURSE CUDA_SOURCES CONFIGURE_DEPENDS native/cuda/*.cu native/cuda/*.cc)
add_library(gridstride_cuda SHARED ${CUDA_SOURCES} native/core/error.cc)
set_target_properties(gridstride_cuda PROPERTIES CUDA_ARCHITECTURES "${CUDA_TARGETS}" CUDA_STANDARD 20
  CUDA_RUNTIME_LIBRARY Static CUDA_VISIBILITY_PRESET hidden)
target_include_directories(gridstride_cuda SYSTEM PRIVATE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
target_compile_options(gridstride_cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall>
  $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${GRIDSTRIDE_LINEINFO}>>:-lineinfo>)
target_link_libraries(gridstride_cuda PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
if(NOT GRIDSTRIDE_SANITIZE)
  target_link_options(gridstride_cuda PRIVATE -Wl,--exclude-libs,ALL)
endif()
