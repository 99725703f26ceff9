import { describeCatalogueAtPace } from './testing/describe-catalogue-at-pace.ts'

describeCatalogueAtPace('the interval of its kind', 1)
describeCatalogueAtPace('ten times the interval of its kind', 10)
