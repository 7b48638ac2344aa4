#!/usr/bin/env node
// Here, and not in `dist`, so that a package manager can link it before anything is built.
require('./dist/bin.cjs')
