"""External slicers: a mesh in, the G-code they would print out. Only makers of data need one."""
