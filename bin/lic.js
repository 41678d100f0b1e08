#!/usr/bin/env node
// The only executable file: the real world in, an exit status out. Ctrl-C must not wait for what is still running.
import { main, realIo } from '../dist/bin/lic.js'

process.exitCode = await main(process.argv.slice(2), realIo())
if (process.exitCode === 130) process.exit()
