import { Controller, Get } from '@nestjs/common'
// biome-ignore lint/style/useImportType: Nest injects by the class, which a type would not keep.
import { AppService } from './app.service'

@Controller()
export class AppController {
  constructor(private readonly service: AppService) {}

  @Get()
  greet(): string {
    return this.service.greeting()
  }
}
