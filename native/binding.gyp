# CPU engine for machines without CMake (python3, make, g++). CMakeLists.txt is the real build.
{
  "variables": {
    "engine": ["<!@(node ../scripts/native_sources.mjs engine)"],
    "simd": ["<!@(node ../scripts/native_sources.mjs simd)"],
    "avx512": ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mfma", "-mf16c", "-mprefer-vector-width=512"]
  },
  "target_defaults": {
    "include_dirs": ["..", "<!(node -p \"require('node-addon-api').include_dir\")"],
    "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["-std=c++20", "-fexceptions", "-frtti", "-O3", "-fvisibility=hidden", "-fPIC", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"]
  },
  "targets": [
    { "target_name": "simd_baseline", "type": "static_library", "standalone_static_library": 0,
      "sources": ["<@(simd)"], "defines": ["GS_ISA=baseline", "GS_ISA_baseline"] },
    { "target_name": "gridstride", "product_dir": "<(module_root_dir)/../build/Release",
      "sources": ["<@(engine)"], "dependencies": ["simd_baseline"],
      "conditions": [["target_arch=='x64'", { "dependencies": ["simd_avx2", "simd_avx512", "simd_avx512_vnni", "simd_avx512_bf16", "simd_amx_bf16", "simd_amx_int8"] }],
        ["target_arch=='arm64'", { "dependencies": ["simd_neon_bf16"] }]] }
  ],
  "conditions": [["target_arch=='arm64'", { "targets": [
    { "target_name": "simd_neon_bf16", "type": "static_library", "sources": ["<!@(node ../scripts/native_sources.mjs neon_bf16)"],
      "defines": ["GS_ISA=neon_bf16", "GS_ISA_neon_bf16"], "cflags_cc": ["-march=armv8.2-a+bf16"] }
  ] }], ["target_arch=='x64'", { "targets": [
    { "target_name": "simd_avx2", "type": "static_library", "sources": ["<@(simd)"], "defines": ["GS_ISA=avx2", "GS_ISA_avx2"],
      "cflags_cc": ["-mavx2", "-mfma", "-mf16c"] },
    { "target_name": "simd_avx512", "type": "static_library", "sources": ["<@(simd)"], "defines": ["GS_ISA=avx512", "GS_ISA_avx512"],
      "cflags_cc": ["<@(avx512)"] },
    { "target_name": "simd_avx512_vnni", "type": "static_library", "sources": ["<!@(node ../scripts/native_sources.mjs avx512_vnni)"],
      "defines": ["GS_ISA=avx512_vnni", "GS_ISA_avx512_vnni"], "cflags_cc": ["<@(avx512)", "-mavx512vnni"] },
    { "target_name": "simd_avx512_bf16", "type": "static_library", "sources": ["<!@(node ../scripts/native_sources.mjs avx512_bf16)"],
      "defines": ["GS_ISA=avx512_bf16", "GS_ISA_avx512_bf16"], "cflags_cc": ["<@(avx512)", "-mavx512bf16"] },
    { "target_name": "simd_amx_bf16", "type": "static_library", "sources": ["<!@(node ../scripts/native_sources.mjs amx_bf16)"],
      "defines": ["GS_ISA=amx_bf16", "GS_ISA_amx_bf16"], "cflags_cc": ["<@(avx512)", "-mavx512bf16", "-mamx-tile", "-mamx-bf16"] },
    { "target_name": "simd_amx_int8", "type": "static_library", "sources": ["<!@(node ../scripts/native_sources.mjs amx_int8)"],
      "defines": ["GS_ISA=amx_int8", "GS_ISA_amx_int8"], "cflags_cc": ["<@(avx512)", "-mamx-tile", "-mamx-int8"] }
  ] }]]
}
