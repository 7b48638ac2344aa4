import { Injectable } from '@nestjs/common'

@Injectable()
export class AppService {
  greeting(): string {
    return 'hello from Nest'
  }
}
