import type { ComponentChildren } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { chartStyle, pageStyle, tokens } from './style.ts'

interface PageProps {
  title: string
  /** BCP 47 tag. */
  lang?: string
  /** CSS of this page, after the common one: no quotation marks, no `&` and no `<`. */
  style?: string
  children: ComponentChildren
}

/** Return a complete HTML document with its style inside: it loads nothing, runs nothing, and its policy allows neither. */
export function renderPage({ title, lang = 'en', style = '', children }: PageProps): string {
  const page = (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>{title}</title>
        <style>{`${tokens}${chartStyle}${pageStyle}${style}`}</style>
      </head>
      <body>
        <main>
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  )
  return `<!doctype html>\n${renderToString(page)}\n`
}

interface DrawingProps {
  title: string
  width: number
  height: number
  style?: string
  children: ComponentChildren
}

/** Return a complete SVG document with its style inside. */
export function renderDrawing({ title, width, height, style = '', children }: DrawingProps): string {
  const drawing = (
    <svg xmlns="http://www.w3.org/2000/svg" viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
      <title>{title}</title>
      <style>{`${tokens}${chartStyle}${style}`}</style>
      <rect class="sheet" width={width} height={height} />
      {children}
    </svg>
  )
  return `${renderToString(drawing)}\n`
}
