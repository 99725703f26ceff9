import { describeCatalogueAtPace } from './testing/describe-catalogue-at-pace.ts'

describeCatalogueAtPace('a tenth of the interval of its kind', 0.1)
