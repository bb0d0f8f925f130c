import { ApiProperty } from '@nestjs/swagger';
import { IsObject } from 'class-validator';

/** What Khoj sends to its own inference endpoint. What `inputs` holds is checked as a flat body is. */
export class KhojRerankDto {
  @ApiProperty({
    type: 'object',
    properties: { query: { type: 'string' }, passages: { type: 'array', items: { type: 'string' } } },
    required: ['query', 'passages'],
  })
  @IsObject({ message: '$property must be an object with query and passages' })
  readonly inputs: object;
}
