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
set(GRIDSTRIDE_CUDA_TARGETS "" CACHE STRING "Targets of the CUDA library, as CMAKE_CUDA_ARCHITECTURES names them")
set(CUDA_TARGETS ${GRIDSTRIDE_CUDA_TARGETS})
if(NOT CUDA_TARGETS)
  set(CUDA_TARGETS 80)
  if(known_architectures MATCHES "compute_90")
    list(APPEND CUDA_TARGETS 90a-real)
  endif()
  if(known_architectures MATCHES "compute_120")
    list(APPEND CUDA_TARGETS 120-real)
  endif()
endif()

function(use_cuda target)
  set_target_properties(${target} PROPERTIES CUDA_ARCHITECTURES "${CUDA_TARGETS}" CUDA_STANDARD 20
    CUDA_RUNTIME_LIBRARY Static CUDA_VISIBILITY_PRESET hidden)
  target_include_directories(${target} SYSTEM PRIVATE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wno-unknown-pragmas>
    $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<VERSION_GREATER_EQUAL:${CMAKE_CUDA_COMPILER_VERSION},12.8>>:--compress-mode=size>
    $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${GRIDSTRIDE_LINEINFO}>>:-lineinfo>)
endfunction()

file(GLOB_RECURSE CUDA_SOURCES CONFIGURE_DEPENDS native/cuda/*.cu native/cuda/*.cc)
add_library(cuda_objects OBJECT ${CUDA_SOURCES})
use_cuda(cuda_objects)
add_library(gridstride_cuda SHARED $<TARGET_OBJECTS:cuda_objects> native/core/error.cc)
use_cuda(gridstride_cuda)
set_target_properties(gridstride_cuda PROPERTIES LINKER_LANGUAGE CUDA)
target_link_libraries(gridstride_cuda PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
target_link_options(gridstride_cuda PRIVATE LINKER:--exclude-libs,ALL,--no-undefined)

# The kernels' tests for a GPU in one program, `gpu_tests NAME`: what `npm run gpu:bundle` packs.
if(GRIDSTRIDE_CUDA_TESTS)
  file(GLOB_RECURSE GPU_TESTS CONFIGURE_DEPENDS test/kernels/*.test.cc)
  file(GLOB_RECURSE GPU_TEST_KERNELS CONFIGURE_DEPENDS test/kernels/*.cu)
  set(declarations "")
  set(entries "")
  foreach(test ${GPU_TESTS})
    get_filename_component(name ${test} NAME_WE)
    set_source_files_properties(${test} PROPERTIES COMPILE_DEFINITIONS main=test_${name})
    string(APPEND declarations "int test_${name}();\n")
    string(APPEND entries "    {\"${name}\", test_${name}},\n")
  endforeach()
  configure_file(test/kernels/gpu/tests.h.in ${CMAKE_BINARY_DIR}/gpu_tests_list/tests.h @ONLY)
  file(GLOB GPU_TEST_SUPPORT CONFIGURE_DEPENDS test/kernels/gpu/*.cc)
  # Some tests call formulas of .cuh files on the host; they hold no kernels, so PTX is cheapest.
  set_source_files_properties(${GPU_TESTS} PROPERTIES LANGUAGE CUDA)
  add_library(gpu_test_objects OBJECT EXCLUDE_FROM_ALL ${GPU_TESTS})
  use_cuda(gpu_test_objects)
  set_target_properties(gpu_test_objects PROPERTIES CUDA_ARCHITECTURES 80-virtual)
  add_executable(gpu_tests EXCLUDE_FROM_ALL ${GPU_TEST_KERNELS} ${GPU_TEST_SUPPORT} $<TARGET_OBJECTS:gpu_test_objects>
    $<TARGET_OBJECTS:cuda_objects> ${ENGINE_OBJECTS})
  use_cuda(gpu_tests)
  target_include_directories(gpu_tests PRIVATE ${CMAKE_BINARY_DIR}/gpu_tests_list)
  set_target_properties(gpu_tests PROPERTIES LINKER_LANGUAGE CUDA)
  target_link_libraries(gpu_tests PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
endif()
