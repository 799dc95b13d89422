/* Connected solids in a stack of bitmaps: runs, union-find over touching runs, one solid out.
 *
 * Runs touch when they overlap or meet at a corner, within a slice and between slices (26
 * neighbours), so a thin sloping wall stays whole and one empty pixel separates.
 */
#include <string.h>

#include "runs.h"

/* row_start: (rows + 1,); spans: (capacity, 2) first and past-the-last x; runs past the capacity
 * are only counted. Returns the number of runs. */
PW_API int64_t pw_find_runs(const uint8_t *bits, int64_t rows, int64_t row_bytes, int64_t width,
                            int64_t *row_start, int32_t *spans, int64_t capacity)
{
    int64_t count = 0;
    for (int64_t r = 0; r < rows; r++) {
        const uint8_t *row = bits + r * row_bytes;
        row_start[r] = count;
        int64_t x = pw_next(row, row_bytes, width, 0, 1);
        while (x < width) {
            int64_t stop = pw_next(row, row_bytes, width, x, 0);
            if (count < capacity) {
                spans[2 * count] = (int32_t)x;
                spans[2 * count + 1] = (int32_t)stop;
            }
            count++;
            x = pw_next(row, row_bytes, width, stop, 1);
        }
    }
    row_start[rows] = count;
    return count;
}

static int32_t find(int32_t *parent, int32_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* The smaller index becomes the root, so every parent precedes its children. */
static void unite(int32_t *parent, int32_t a, int32_t b)
{
    a = find(parent, a);
    b = find(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

static void join_rows(const int32_t *spans, int32_t *parent, const int64_t *row_start, int64_t row,
                      int64_t other)
{
    int64_t i = row_start[row], j = row_start[other];
    while (i < row_start[row + 1] && j < row_start[other + 1]) {
        const int32_t *a = spans + 2 * i, *b = spans + 2 * j;
        if (a[0] <= b[1] && b[0] <= a[1])
            unite(parent, (int32_t)i, (int32_t)j);
        if (a[1] < b[1])
            i++;
        else
            j++;
    }
}

/* below: (layers,) the lowest earlier slice that each slice touches (its own index: none).
 * labels: (runs,) receives 0 .. n - 1 in order of first appearance; returns n. */
PW_API int64_t pw_label_runs(const int32_t *spans, const int64_t *row_start, int64_t layers,
                             int64_t height, const int64_t *below, int32_t *labels)
{
    int64_t runs = row_start[layers * height];
    for (int64_t i = 0; i < runs; i++)
        labels[i] = (int32_t)i;
    for (int64_t row = 0; row < layers * height; row++) {
        int64_t layer = row / height, y = row % height;
        if (row_start[row] == row_start[row + 1])
            continue;
        if (y > 0)
            join_rows(spans, labels, row_start, row, row - 1);
        for (int64_t other = below[layer]; other < layer; other++)
            for (int64_t near = y > 0 ? y - 1 : 0; near <= y + 1 && near < height; near++)
                join_rows(spans, labels, row_start, row, other * height + near);
    }
    int64_t solids = 0;
    for (int64_t i = 0; i < runs; i++) /* a parent comes first: it holds its final label, negated */
        labels[i] = labels[i] == i ? -(int32_t)++solids : labels[labels[i]];
    for (int64_t i = 0; i < runs; i++)
        labels[i] = -labels[i] - 1;
    return solids;
}

/* boxes: (n, 6) first and past-the-last layer, row, column; volumes: (n,), both prepared by the
 * caller (empty boxes, zeros). run_height: (layers,) mm. */
PW_API void pw_measure_solids(const int32_t *spans, const int64_t *row_start,
                              const int32_t *labels, int64_t layers, int64_t height,
                              const double *height_mm, int32_t *boxes, double *volumes)
{
    for (int64_t row = 0; row < layers * height; row++) {
        int32_t at[2] = {(int32_t)(row / height), (int32_t)(row % height)};
        for (int64_t i = row_start[row]; i < row_start[row + 1]; i++) {
            int32_t *box = boxes + 6 * labels[i];
            const int32_t *span = spans + 2 * i;
            for (int k = 0; k < 2; k++) {
                box[2 * k] = at[k] < box[2 * k] ? at[k] : box[2 * k];
                box[2 * k + 1] = at[k] >= box[2 * k + 1] ? at[k] + 1 : box[2 * k + 1];
            }
            box[4] = span[0] < box[4] ? span[0] : box[4];
            box[5] = span[1] > box[5] ? span[1] : box[5];
            volumes[labels[i]] += height_mm[at[0]] * (span[1] - span[0]);
        }
    }
}

static void set_bits(uint8_t *row, int32_t from, int32_t to)
{
    int32_t first = from >> 3, last = (to - 1) >> 3;
    uint8_t head = (uint8_t)(0xff >> (from & 7)), tail = (uint8_t)(0xff << (7 - ((to - 1) & 7)));
    if (first == last) {
        row[first] |= head & tail;
        return;
    }
    row[first] |= head;
    memset(row + first + 1, 0xff, (size_t)(last - first - 1));
    row[last] |= tail;
}

/* Paint the runs of one label, moved to its box; bits: zeroed, (layers, rows, row_bytes) of it. */
PW_API void pw_paint_solid(const int32_t *spans, const int64_t *row_start,
                           const int32_t *labels, int64_t height, int32_t wanted,
                           const int32_t *box, int64_t row_bytes, uint8_t *bits)
{
    for (int64_t layer = box[0]; layer < box[1]; layer++)
        for (int64_t y = box[2]; y < box[3]; y++, bits += row_bytes)
            for (int64_t i = row_start[layer * height + y]; i < row_start[layer * height + y + 1]; i++)
                if (labels[i] == wanted)
                    set_bits(bits, spans[2 * i] - box[4], spans[2 * i + 1] - box[4]);
}
