// What a launch hands over by value: read by the kernels, behind elements.cuh, and by fused_kernels.cc, to which an Element is nothing
// more than memory.

// The heads of one row: queries, then keys, then values, each of head_dim columns.
struct Heads {
  Element* first;
  int stride;
  int queries;
  int keys;
};

// Where the keys and values of a row are kept: [2, rows, columns], the row by the place that `places` has for it; below 0 it is kept
// nowhere. Without `places` none is.
struct Keeping {
  const int* places;
  Element* first;
  long long plane;
  int columns;
};

// Row i of a key head's tile is query i >> shift of a sequence, and head i % 2^shift of those that share it. Key j of a sequence is
// row index[first_key + j] of the keys, or row first_key + j without `index`: below kept_rows it is a kept one, else one of the
// pass. A query of the last n sees all but the last n - 1 keys. scale is in powers of two.
struct Attention {
  const Element* queries;
  const Element* kept;
  const Element* own;
  Element* out;
  const int* first_query;
  const int* first_key;
  const int* index;
  long long kept_plane;
  long long own_plane;
  int query_stride;
  int kept_stride;
  int own_stride;
  int out_stride;
  int kept_rows;
  int shift;
  float scale;
};
