#!/usr/bin/env node
// Here, and not in `dist`, so that a package manager can link it before anything is built.
import './dist/bin.js'
