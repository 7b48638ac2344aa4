#!/usr/bin/env node
// The same as `immaculata.cjs`, which starts faster.
import './dist/bin.cjs'
