/* Voids between the beads of a layer: what fill.c asks and voids.c answers. */
#ifndef PW_VOIDS_H
#define PW_VOIDS_H

#include "bits.h"
#include "printwarden.h"

typedef struct {
    int32_t x0, x1;  /* first and last pixel */
    int32_t part;    /* while joining: an earlier run of the same void; then the void's number */
    int32_t links;   /* to runs of the row above */
    int32_t outside; /* of a void's first run: does it reach the border of the layer */
} pw_run;

typedef struct {
    int32_t area, inside; /* px; of them within an odd number of outlines */
    int32_t border, inner; /* px around it; of them drawn by inner beads only */
    int32_t ends, thin;   /* sampled boundary; of it at a wall so thin that outside is behind it */
    int32_t euler;        /* runs less links: 1 less the islands in it */
    int32_t node;         /* its open question in the graph through the layers; or: */
} pw_void;

/* LIKELY: a question, but a thin ring around nothing, or large with some infill beside it.
 * DOUBT: what is inner beside it may be a thin wall. */
enum { OUTSIDE = 0, SOLID = -1, QUESTION = -2, LIKELY = -3, DOUBT = -4 };

/* A void whose case the layers around it decide. What is joined answers as one. */
typedef struct {
    int32_t parent; /* union-find */
    int32_t likely; /* at a root: voids that look solid less others, over all that is joined */
    int32_t open;   /* at a root: reaches the outside */
} pw_question;

typedef struct {
    int32_t a, b; /* numbers of voids, below and here */
    int64_t area;
} pw_overlap;

typedef struct {
    int32_t width, height, layers, marked;
    float mm_per_px, bead_px;
    const uint8_t *spiral;         /* (layers,) */
    uint8_t *wall, *inner, *edge;  /* (layers, height, ceil(width / 8)); wall becomes the solid */
    pw_run *runs[2];               /* this layer and the one below; room for the most runs */
    int32_t *row_first[2];         /* (height + 1,) */
    pw_void *voids[2];             /* as many */
    pw_question *questions;        /* (node_room,); 0 stands for the outside */
    int32_t *first_node;           /* (layers + 1,) */
    pw_overlap *overlaps;          /* (overlap_room,), a power of two: open addressing */
    int64_t node_room, overlap_room;
} pw_fill_job;

static inline int64_t pw_stride(const pw_fill_job *j)
{
    return (j->width + 7) / 8;
}

static inline int64_t pw_offset(const pw_fill_job *j, int32_t layer, int32_t row)
{
    return ((int64_t)layer * j->height + row) * pw_stride(j);
}

/* Background runs of one layer, 4-connected ones joined. Returns how many. */
int32_t pw_fill_find_runs(const pw_fill_job *j, int32_t layer, int side);

/* Give each void a number in the order of its first pixel; whatever reaches the border is 0.
 * Returns how many numbers are in use. */
int32_t pw_fill_number_voids(const pw_fill_job *j, int side);

/* Find, describe and judge the voids of one layer; returns how many questions are open. */
int32_t pw_fill_judge_layer(const pw_fill_job *j, int32_t layer, int side);

#endif
