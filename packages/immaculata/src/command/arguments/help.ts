/** What `--help` says. The README has the same options. */

export const help = `Usage: immaculata [options] [entry] [...args]
       immaculata status [--wait] [--json]

Runs a program with Node.js. Every save is live in it, and everything that did not change keeps its state.
Without an entry it runs what package.json names: its "main", else the file of its script "start" or "dev", else the index.

  --root DIR     the folder to watch (default: the workspace, else the package, that the entry is in)
  --ignore GLOB  leave these files and folders alone (may be given more than once)
  --include GLOB follow these files, too, although nothing imports or reads them: a save restarts the program, or with
                 --reload reloads the pages (may be given more than once)
  --reload       reload the pages that are open in a browser on this machine, and show errors in them
  --ui           serve a page for this machine that shows the graph, each save, and every module
  --explain      show what each save re-evaluates, and why
  --verbose      say also why a save did nothing
  --quiet        say nothing about saves that go well
  --clear        clear the terminal at each save
  --times        say the time of day with each message
  --json         one line of JSON for each event on stderr, in place of messages; --json=FILE writes them into a file
  --stay         wait for the next save when the program has ended, as at a terminal
  --once         end as the program ends, at a terminal as well
  --no-auto      leave open what modules open (default: closed when the module is replaced)
  --no-contributions
                 do not look for what modules leave on each other (default: a save re-evaluates what it leaves something on)
  --no-compiler  choose no compiler for TypeScript that Node cannot run by itself
  --poll MS      look at the files every MS milliseconds, for disks that report no changes
  --help, --version

All other options before the entry are Node's own: --inspect, --env-file=.env, --import tsx, …
The same options, without dashes, can stand in package.json: "immaculata": { "ignore": ["dist"], "explain": true }
"immaculata status" says whether the last save is live in the program that runs in this folder, and if not, why.
At a terminal: r and Enter restarts the program, q ends it, e explains the last save, o shows what is open, h helps.`
