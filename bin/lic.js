#!/usr/bin/env node
// The only executable file: the real world in, an exit status out. Ctrl-C must not wait for what is still running.
const { main, realIo } = require('../dist/bin/load.cjs')

main(process.argv.slice(2), realIo()).then((status) => {
  process.exitCode = status
  if (status === 130) process.exit()
})
