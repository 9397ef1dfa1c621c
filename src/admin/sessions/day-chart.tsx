import { Box, Flex, Typography, VisuallyHidden } from '@strapi/design-system';
import { useId } from 'react';
import { useIntl } from 'react-intl';
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useTheme } from 'styled-components';
import type { Day } from './api-types';
import { evenlySpaced } from './format';
import { useText } from './use-text';

interface DayChartProps {
  readonly days: readonly Day[];
  readonly figure: 'logins' | 'reuses';
  /** In pixels. */
  readonly height: number;
}

const COLORS = { logins: 'primary600', reuses: 'danger600' } as const;
const LABELS = 5;

const useFormats = () => {
  const { formatDate, formatNumber } = useIntl();
  return {
    // Days are days in UTC, in every time zone of a browser.
    formatDay: (date: unknown) =>
      formatDate(String(date), { month: 'short', day: 'numeric', timeZone: 'UTC' }),
    formatNumber,
  };
};

/** The content of a chart as a table, for screen readers. */
const DayTable = ({ days, figure, title }: Omit<DayChartProps, 'height'> & { title: string }) => {
  const text = useText();
  const { formatDay, formatNumber } = useFormats();
  return (
    <VisuallyHidden tag="div">
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{text('sessions.statistics.day')}</th>
            <th scope="col">{title}</th>
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.date}>
              <th scope="row">{formatDay(day.date)}</th>
              <td>{formatNumber(day[figure])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </VisuallyHidden>
  );
};

/** A bar chart with one bar for each day. */
export const DayChart = ({ days, figure, height }: DayChartProps) => {
  const text = useText();
  const { formatDay, formatNumber } = useFormats();
  const { colors, shadows } = useTheme();
  const titleId = useId();
  const title = text(`sessions.statistics.${figure}-per-day`);
  const color = colors[COLORS[figure]];
  const dates = days.map(({ date }) => date);
  const sum = days.reduce((total, day) => total + day[figure], 0);

  return (
    <Box tag="figure" width="100%" aria-labelledby={titleId}>
      <Flex tag="figcaption" justifyContent="space-between" paddingBottom={1}>
        <Typography id={titleId} variant="pi" fontWeight="bold" textColor="neutral600">
          {title}
        </Typography>
        <Typography variant="pi" textColor="neutral600">
          {text('sessions.statistics.sum', { sum: formatNumber(sum), days: days.length })}
        </Typography>
      </Flex>
      <DayTable days={days} figure={figure} title={title} />
      <div aria-hidden>
        <ResponsiveContainer width="100%" height={height}>
          <BarChart
            data={[...days]}
            accessibilityLayer={false}
            margin={{ top: 4, left: 0, right: 0, bottom: 0 }}
          >
            <XAxis
              dataKey="date"
              ticks={evenlySpaced(dates, LABELS)}
              tickFormatter={formatDay}
              interval="preserveStartEnd"
              tick={{ fill: colors.neutral600, fontSize: 11 }}
              axisLine={{ stroke: colors.neutral200 }}
              tickLine={false}
              height={20}
            />
            <YAxis hide domain={[0, 'dataMax']} />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: colors.neutral150 }}
              labelFormatter={formatDay}
              formatter={(value) => [formatNumber(Number(value)), title]}
              contentStyle={{
                background: colors.neutral0,
                border: `1px solid ${colors.neutral200}`,
                borderRadius: 4,
                boxShadow: shadows.filterShadow,
              }}
              labelStyle={{ color: colors.neutral800 }}
              itemStyle={{ color }}
            />
            <Bar
              dataKey={figure}
              fill={color}
              radius={[2, 2, 0, 0]}
              minPointSize={(value) => (value ? 2 : 0)}
              isAnimationActive={false}
            />
          </BarChart>
        </ResponsiveContainer>
      </div>
    </Box>
  );
};
