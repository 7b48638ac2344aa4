const data = import.meta.hot?.data ?? {}
data.seconds ??= 0

const timer = setInterval(() => {
  data.seconds++
}, 1000)

export const ticks = () => data.seconds

// The seconds go on where the version before has left off; its timer does not.
import.meta.hot?.dispose(() => clearInterval(timer))
