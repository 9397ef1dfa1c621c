import { Box, Flex, Typography, VisuallyHidden } from '@strapi/design-system';
import { useId } from 'react';
import { useIntl } from 'react-intl';
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useTheme } from 'styled-components';
import type { Day } from './api';
import { labelled } from './format';
import { messages } from './messages';

interface DayChartProps {
  readonly days: readonly Day[];
  readonly figure: 'logins' | 'reuses';
  readonly title: string;
  readonly color: 'primary600' | 'danger600';
  /** In pixels. */
  readonly height: number;
}

const LABELS = 5;

/** Days are days in UTC, wherever the browser is. */
const useDayFormat = () => {
  const { formatDate } = useIntl();
  return (date: unknown) =>
    formatDate(String(date), { month: 'short', day: 'numeric', timeZone: 'UTC' });
};

/** The same as a table, for who cannot see the chart. */
const DayTable = ({ days, figure, title }: Pick<DayChartProps, 'days' | 'figure' | 'title'>) => {
  const { formatMessage, formatNumber } = useIntl();
  const formatDay = useDayFormat();
  return (
    <VisuallyHidden tag="div">
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{formatMessage(messages.day)}</th>
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

/** One figure for each day, as bars. */
export const DayChart = ({ days, figure, title, color, height }: DayChartProps) => {
  const { formatMessage, formatNumber } = useIntl();
  const formatDay = useDayFormat();
  const { colors, shadows } = useTheme();
  const titleId = useId();
  const sum = days.reduce((total, day) => total + day[figure], 0);

  return (
    <Box tag="figure" width="100%" aria-labelledby={titleId}>
      <Flex tag="figcaption" justifyContent="space-between" paddingBottom={1}>
        <Typography id={titleId} variant="pi" fontWeight="bold" textColor="neutral600">
          {title}
        </Typography>
        <Typography variant="pi" textColor="neutral600">
          {formatMessage(messages.sum, { sum: formatNumber(sum), days: days.length })}
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
              ticks={labelled(
                days.map(({ date }) => date),
                LABELS,
              )}
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
              itemStyle={{ color: colors[color] }}
            />
            <Bar
              dataKey={figure}
              fill={colors[color]}
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
