/** The memory curve as an SVG, drawn by ECharts. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { peers } from './adapter.ts'

export interface Curve {
  readonly name: string
  /** Reloads, bytes. */
  readonly points: readonly (readonly [number, number])[]
}

interface Charts {
  init(
    dom: null,
    theme: null,
    options: { renderer: 'svg'; ssr: true; width: number; height: number },
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void }
}

/** Throws if ECharts is not installed. */
export async function plot(title: string, curves: readonly Curve[]): Promise<string> {
  const place = createRequire(`${peers}/package.json`).resolve('echarts')
  const charts = (await import(pathToFileURL(place).href)) as Charts & { default?: Charts }
  const chart = (charts.default ?? charts).init(null, null, { renderer: 'svg', ssr: true, width: 900, height: 420 })
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
    legend: { top: 32 },
    grid: { top: 80, left: 70, right: 30, bottom: 55 },
    xAxis: { type: 'value', name: 'reloads', nameLocation: 'middle', nameGap: 32 },
    yAxis: { type: 'value', name: 'live MB', min: 0 },
    series: curves.map(({ name, points }) => ({
      name,
      type: 'line',
      showSymbol: false,
      data: points.map(([reloads, bytes]) => [reloads, bytes / 1e6]),
    })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}
