const data = import.meta.hot?.data ?? {}
data.seconds ??= 0

const timer = setInterval(() => {
  data.seconds++
}, 1000)

export const ticks = () => data.seconds

// The seconds continue where the previous version stopped counting; its timer is cleared.
import.meta.hot?.dispose(() => clearInterval(timer))
