# The CUDA library on the emulation: `gridstride_cuda_emulation`, what GRIDSTRIDE_CUDA_BACKEND may name, and the tests of
# kernels, host side and emulation in three builds: fast (random order, poisoned memory, late copies), sanitized (ASan
# and UBSan) and race (kernel files call the race detector at each access; ThreadSanitizer's run time is not linked).
# Sources marked .cu are kernel files. g++ alone: clang has no std::source_location before version 16.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR "GRIDSTRIDE_EMULATION=ON: the emulation is built by g++, got ${CMAKE_CXX_COMPILER_ID}")
endif()

file(GLOB_RECURSE EMULATION_SOURCES CONFIGURE_DEPENDS native/emulation/*.cc)
file(GLOB_RECURSE KERNEL_SOURCES CONFIGURE_DEPENDS native/cuda/*.cu)
file(GLOB_RECURSE CUDA_HOST_SOURCES CONFIGURE_DEPENDS native/cuda/*.cc)
file(GLOB_RECURSE TEST_KERNEL_SOURCES CONFIGURE_DEPENDS test/native/emulation/*.cu test/kernels/*.cu)
file(GLOB_RECURSE EMULATION_TESTS CONFIGURE_DEPENDS test/native/emulation/*.test.cc test/native/cuda/*.test.cc
  test/kernels/*.test.cc)
set_source_files_properties(${KERNEL_SOURCES} ${TEST_KERNEL_SOURCES} PROPERTIES LANGUAGE CXX COMPILE_OPTIONS "-xc++")

# g++ does not know nvcc's #pragma unroll.
set(EMULATION_OPTIONS -DGRIDSTRIDE_EMULATION -fno-strict-aliasing -Wno-unknown-pragmas -g1
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
# fmaf as an instruction where this machine has one: calls of it are a third of an f32 kernel's time. Nothing else is
# contracted, so that results are the same with and without.
include(CheckCXXSourceRuns)
check_cxx_source_runs("int main() { return __builtin_cpu_supports(\"fma\") ? 0 : 1; }" GRIDSTRIDE_HAVE_FMA)
list(APPEND EMULATION_OPTIONS -ffp-contract=off $<$<BOOL:${GRIDSTRIDE_HAVE_FMA}>:-mfma>)

set(EMULATION_fast -O2)
set(EMULATION_sanitized -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
set(EMULATION_race -O2 -DGRIDSTRIDE_EMULATION_RACE)
set(EMULATION_tests -O1)  # the same in all builds, whose kernels and emulation alone differ
set(KERNELS_fast -O2)
set(KERNELS_sanitized ${EMULATION_sanitized} -O0)  # compiles in half the time, runs for seconds
set(KERNELS_race -O1 -fsanitize=thread)

foreach(test ${EMULATION_TESTS})
  get_filename_component(name ${test} NAME_WE)
  add_library(emulated_${name} OBJECT EXCLUDE_FROM_ALL ${test})
  target_compile_options(emulated_${name} PRIVATE ${EMULATION_OPTIONS} ${EMULATION_tests})
endforeach()

foreach(variant fast sanitized race)
  add_library(emulation_${variant} STATIC EXCLUDE_FROM_ALL ${EMULATION_SOURCES} ${CUDA_HOST_SOURCES})
  target_compile_options(emulation_${variant} PRIVATE ${EMULATION_OPTIONS} ${EMULATION_${variant}})
  add_library(kernels_${variant} STATIC EXCLUDE_FROM_ALL ${KERNEL_SOURCES})
  target_compile_options(kernels_${variant} PRIVATE ${EMULATION_OPTIONS} ${KERNELS_${variant}})
  add_library(test_kernels_${variant} STATIC EXCLUDE_FROM_ALL ${TEST_KERNEL_SOURCES})
  target_compile_options(test_kernels_${variant} PRIVATE ${EMULATION_OPTIONS} ${KERNELS_${variant}})
  add_custom_target(emulation_tests_${variant})
  foreach(test ${EMULATION_TESTS})
    get_filename_component(name ${test} NAME_WE)
    set(program emulated_${variant}_${name})
    add_executable(${program} EXCLUDE_FROM_ALL $<TARGET_OBJECTS:emulated_${name}> ${ENGINE_OBJECTS})
    target_link_libraries(${program} PRIVATE test_kernels_${variant} -Wl,--start-group kernels_${variant}
      emulation_${variant} -Wl,--end-group ${CMAKE_DL_LIBS} Threads::Threads)
    set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${variant} OUTPUT_NAME ${name})
    if(variant STREQUAL "sanitized")
      target_link_options(${program} PRIVATE -fsanitize=address,undefined)
    endif()
    add_dependencies(emulation_tests_${variant} ${program})
  endforeach()
endforeach()

add_library(gridstride_cuda_emulation SHARED EXCLUDE_FROM_ALL $<TARGET_OBJECTS:emulation_fast>
  $<TARGET_OBJECTS:kernels_fast> native/core/error.cc)
target_link_libraries(gridstride_cuda_emulation PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
