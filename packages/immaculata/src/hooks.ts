export { Hot, type HotOptions, type HotStats, useTree } from '@hot/hooks'
