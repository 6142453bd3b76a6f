// A plain HTML table with PatternFly's tokens: cheap rows, fixed columns (a poll moves nothing), cards on small screens.
import { Skeleton } from '@patternfly/react-core/dist/esm/components/Skeleton';
import { ArrowsAltVIcon } from '@patternfly/react-icons/dist/esm/icons/arrows-alt-v-icon';
import { LongArrowAltDownIcon } from '@patternfly/react-icons/dist/esm/icons/long-arrow-alt-down-icon';
import { LongArrowAltUpIcon } from '@patternfly/react-icons/dist/esm/icons/long-arrow-alt-up-icon';
import { memo, type ReactNode } from 'react';
import { t } from '../i18n/shell';
import { toggleSort } from './url-state';

export interface Column<T> {
  key: string;
  /** Empty for the column of the rows' menus, which then needs `hiddenLabel`. */
  label: string;
  hiddenLabel?: string;
  /** The API's name of the order, when the column can be sorted. */
  sort?: string;
  /** Share of the width, in CSS. */
  width: string;
  cell: (row: T) => ReactNode;
}

interface DataTableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[] | undefined;
  rowKey: (row: T) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  /** Set while rows of an earlier filter stay on screen. */
  dimmed?: boolean;
}

const SKELETON_ROWS = 6;

export function DataTable<T>({ label, columns, rows, rowKey, sort, onSort, dimmed = false }: DataTableProps<T>) {
  return (
    <table
      className={dimmed ? 'sw-table sw-table--dimmed' : 'sw-table'}
      aria-label={label}
      aria-busy={rows === undefined || dimmed}
    >
      <colgroup>
        {columns.map((column) => (
          <col key={column.key} style={{ width: column.width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={column.key} column={column} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows
          ? rows.map((row) => (
              <MemoRow key={rowKey(row)} row={row as unknown} columns={columns as unknown as Column<unknown>[]} />
            ))
          : Array.from({ length: SKELETON_ROWS }, (_, index) => (
              <SkeletonRow key={index} columns={columns.map(({ key }) => key)} />
            ))}
      </tbody>
    </table>
  );
}

function Head<T>({ column, sort, onSort }: { column: Column<T>; sort?: string; onSort?: (sort: string) => void }) {
  const by = column.sort;
  if (by === undefined || !onSort) {
    return <th scope="col">{column.label || <span className="sw-unseen">{column.hiddenLabel}</span>}</th>;
  }
  const active = sort === by || sort === `-${by}`;
  const Icon = active ? (sort === by ? LongArrowAltUpIcon : LongArrowAltDownIcon) : ArrowsAltVIcon;
  return (
    <th scope="col" aria-sort={active ? (sort === by ? 'ascending' : 'descending') : 'none'}>
      <button type="button" className="sw-table__sort" onClick={() => onSort(toggleSort(by, sort))}>
        {column.label}
        <Icon />
      </button>
    </th>
  );
}

function Row<T>({ row, columns }: { row: T; columns: Column<T>[] }) {
  return (
    <tr>
      {columns.map((column) => (
        <td
          key={column.key}
          className={column.label === '' ? 'sw-table__menu' : undefined}
          data-label={column.label || undefined}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

// A row whose object did not change is not rendered again; structural sharing keeps unchanged rows the same object.
const MemoRow = memo(Row) as typeof Row;

function SkeletonRow({ columns }: { columns: string[] }) {
  return (
    <tr>
      {columns.map((column, index) => (
        <td key={column}>
          <Skeleton
            width={index === columns.length - 1 ? '40%' : '80%'}
            screenreaderText={index === 0 ? t('loading') : undefined}
          />
        </td>
      ))}
    </tr>
  );
}
