// Mistakes for the kernels, each with the kernel that a device must find wrong: what stands there, and what is put in its place.
export const MISTAKES = [
  ['add_rms_norm', 'OverBlock<Sum>(sum) * share', 'OverBlock<Sum>(sum)'],
  ['add_rms_norm', 'row[index] = changed;', ''],
  ['add_rms_norm', 'OverBlock<Sum>(sum) * share + eps', 'OverBlock<Sum>(sum) * share + eps * (0.0f / 0.0f)'],
  ['norm_and_rotate', 'x * cosine.value[j] - y * sine.value[j]', 'x * cosine.value[j] + y * sine.value[j]'],
  ['norm_and_rotate', 'head < heads.queries ? query_weight : key_weight', 'query_weight'],
  ['norm_and_rotate', '(is_value ? keeping.plane : 0)', 'keeping.plane'],
  ['norm_and_rotate', 'distance = kLanes / 2', 'distance = kLanes / 4'],
  ['swiglu', 'gate[j] * -kLog2E', 'gate[j] * kLog2E'],
  ['gather_rows', 'blockIdx.y * own_plane', '0 * own_plane'],
  ['attend_128', '8 * block + next >= seen', '8 * block + next > seen'],
  ['attend_128', 'sums[half] *= less;', ''],
  ['attend_128', 'begin + row, keys - 1', 'begin, keys - 1'],
  ['attend_64', '(is_kept ? of.kept_plane : of.own_plane)', 'of.own_plane'],
  ['attend_64', 'packed & (heads - 1)', '0'],
  ['quantise_rows', '"f"(high), "f"(low)', '"f"(low), "f"(high)'],
  ['swiglu_quantise', 'largest / kLargest;', 'largest;'],
];
