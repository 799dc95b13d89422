/* Layers -> what the three axis-parallel projections and the coverage grid are made of. */
#include <math.h>
#include <string.h>

#include "runs.h"

/* Differences along x to heights, and slabs to stacks of slabs. What is less than half of the
 * thinnest layer is what rounding leaves of heights added and taken away again. */
static void stack_slabs(double *row, int64_t slabs, int64_t width, double least_mm)
{
    for (int64_t slab = 0; slab < slabs; slab++, row += width) {
        double here = 0.0;
        for (int64_t x = 0; x < width; x++) {
            here += row[x];
            const double mm = (slab ? row[x - width] : 0.0) + here;
            row[x] = mm < 0.5 * least_mm ? 0.0 : mm;
        }
    }
}

/* Shadows along z, y and x. slab: (layers,) ascending, which of the slabs a layer lies in.
 * top: (height, slabs, width) mm of material above each pixel up to the end of each slab; front:
 * (layers, width) pixels along y; side: (layers, height) pixels along x. All zeroed by the caller.
 * A run costs one addition at each of its ends; sums along the row follow. */
PW_API void pw_cast_shadows(const uint8_t *bits, int64_t layers, int64_t height,
                            int64_t row_bytes, int64_t width, const double *height_mm,
                            const int64_t *slab, int64_t slabs, double *top, int32_t *front,
                            int32_t *side)
{
    double least_mm = INFINITY;
    for (int64_t layer = 0; layer < layers; layer++, front += width, side += height) {
        double *above = top + slab[layer] * width;
        least_mm = height_mm[layer] < least_mm ? height_mm[layer] : least_mm;
        for (int64_t y = 0; y < height; y++, bits += row_bytes, above += slabs * width) {
            int64_t x = pw_next(bits, row_bytes, width, 0, 1);
            while (x < width) {
                int64_t stop = pw_next(bits, row_bytes, width, x, 0);
                above[x] += height_mm[layer];
                front[x]++;
                side[y] += (int32_t)(stop - x);
                if (stop == width)
                    break;
                above[stop] -= height_mm[layer];
                front[stop]--;
                x = pw_next(bits, row_bytes, width, stop, 1);
            }
        }
        for (int64_t x = 1; x < width; x++)
            front[x] += front[x - 1];
    }
    for (int64_t y = 0; y < height; y++)
        stack_slabs(top + y * slabs * width, slabs, width, least_mm);
}

/* Cells [first, stop) that the interval [from, to) touches, clipped to [0, count). */
static int clip(double *from, double *to, int64_t count, int64_t *first, int64_t *stop)
{
    *from = *from > 0.0 ? *from : 0.0;
    *to = *to < (double)count ? *to : (double)count;
    if (!(*to > *from))
        return 0;
    *first = (int64_t)*from;
    *stop = (int64_t)ceil(*to);
    return 1;
}

static double overlap(double from, double to, int64_t cell)
{
    double low = from > (double)cell ? from : (double)cell;
    double high = to < (double)(cell + 1) ? to : (double)(cell + 1);
    return high - low;
}

/* Share each of n rows of m values among the cells that its interval low..high overlaps.
 * out: (count, m), added to. */
PW_API void pw_spread_rows(const double *values, int64_t n, int64_t m, const double *low,
                           const double *high, int64_t count, double *out)
{
    for (int64_t i = 0; i < n; i++, values += m) {
        int64_t first, stop;
        double from = low[i], to = high[i];
        if (!clip(&from, &to, count, &first, &stop))
            continue;
        for (int64_t cell = first; cell < stop; cell++) {
            double share = overlap(from, to, cell), *row = out + cell * m;
            for (int64_t k = 0; k < m; k++)
                row[k] += share * values[k];
        }
    }
}

static void cover_row(const uint8_t *row, int64_t row_bytes, int64_t width, double scale,
                      double shift, double *line, int64_t cells)
{
    int64_t first, stop, x = pw_next(row, row_bytes, width, 0, 1);
    memset(line, 0, (size_t)cells * sizeof *line);
    while (x < width) {
        int64_t end = pw_next(row, row_bytes, width, x, 0);
        double from = shift + scale * (double)x, to = shift + scale * (double)end;
        if (clip(&from, &to, cells, &first, &stop))
            for (int64_t cell = first; cell < stop; cell++)
                line[cell] += overlap(from, to, cell);
        x = pw_next(row, row_bytes, width, end, 1);
    }
}

/* scale_shift: pixel -> cell along x and y (scale, shift_x, shift_y); z_cells: (layers, 2) bottom
 * and top of each slice in cells. scratch: cells[2] + cells[1] * cells[2] doubles.
 * grid: (cells[0], cells[1], cells[2]) share of each cell that is material, added to. */
PW_API void pw_cover_cells(const uint8_t *bits, int64_t layers, int64_t height,
                           int64_t row_bytes, int64_t width, const double *scale_shift,
                           const double *z_cells, const int64_t *cells, double *scratch,
                           float *grid)
{
    double *line = scratch, *plane = scratch + cells[2];
    int64_t area = cells[1] * cells[2], first, stop;
    for (int64_t layer = 0; layer < layers; layer++) {
        memset(plane, 0, (size_t)area * sizeof *plane);
        for (int64_t y = 0; y < height; y++, bits += row_bytes) {
            double from = scale_shift[2] + scale_shift[0] * (double)y, to = from + scale_shift[0];
            if (pw_next(bits, row_bytes, width, 0, 1) == width ||
                !clip(&from, &to, cells[1], &first, &stop))
                continue;
            cover_row(bits, row_bytes, width, scale_shift[0], scale_shift[1], line, cells[2]);
            for (int64_t cell = first; cell < stop; cell++) {
                double share = overlap(from, to, cell), *row = plane + cell * cells[2];
                for (int64_t x = 0; x < cells[2]; x++)
                    row[x] += share * line[x];
            }
        }
        double from = z_cells[2 * layer], to = z_cells[2 * layer + 1];
        if (!clip(&from, &to, cells[0], &first, &stop))
            continue;
        for (int64_t cell = first; cell < stop; cell++) {
            float share = (float)overlap(from, to, cell), *out = grid + cell * area;
            for (int64_t i = 0; i < area; i++)
                out[i] += share * (float)plane[i];
        }
    }
}
