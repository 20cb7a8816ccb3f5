using System.Globalization;
using System.Text.RegularExpressions;
using NJsonSchema;
using NJsonSchema.CodeGeneration;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;

namespace Shop.ClientGenerator;

/// <summary>The C# client of an OpenAPI document, the same bytes each time.</summary>
public static partial class CSharpClient
{
    /// <param name="json">The document.</param>
    public static async Task<string> GenerateAsync(string json)
    {
        var document = await OpenApiDocument.FromJsonAsync(ClientDocument.Read(json).ToJsonString());
        var settings = new CSharpClientGeneratorSettings
        {
            ClassName = "ShopClient",
            ExceptionClass = "ShopException",
            ResponseClass = "ShopAnswer",
            WrapResponses = true,
            GenerateExceptionClasses = false,
            GenerateResponseClasses = false,
            GenerateOptionalParameters = true,
            InjectHttpClient = true,
            DisposeHttpClient = false,
            UseBaseUrl = false,
            ParameterDateTimeFormat = "O",
            AdditionalNamespaceUsages = ["System.Text.Json"],
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
            ParameterNameGenerator = new ParameterNames(),
            CSharpGeneratorSettings =
            {
                Namespace = "Shop.Client",
                JsonLibrary = CSharpJsonLibrary.SystemTextJson,
                GenerateNullableReferenceTypes = true,
                GenerateOptionalPropertiesAsNullable = true,
                GenerateDataAnnotations = false,
                GenerateNativeRecords = false,
                ArrayType = "System.Collections.Generic.IReadOnlyList",
                ArrayInstanceType = "System.Collections.Generic.List",
                ArrayBaseType = "System.Collections.Generic.List",
                DateTimeType = "System.DateTimeOffset",
                ClassStyle = CSharpClassStyle.Poco,
                EnumNameGenerator = new EnumNames(),
                ExcludedTypeNames = ["JsonElement"],
                UseRequiredKeyword = true,
            },
        };
        var code = new CSharpClientGenerator(document, settings).GenerateFile();
        // The generator names an enum's values for queries alone; System.Text.Json has an attribute of its own.
        return EnumValue()
            .Replace(code, "${attribute}, System.Text.Json.Serialization.JsonStringEnumMemberName(${value})]")
            .ReplaceLineEndings("\n");
    }

    [GeneratedRegex(
        @"(?<attribute>\[System\.Runtime\.Serialization\.EnumMember\(Value = (?<value>@""[^""]*"")\))\]",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex EnumValue();

    private sealed class ParameterNames : IParameterNameGenerator
    {
        // Idempotency-Key is idempotencyKey.
        public string Generate(OpenApiParameter parameter, IEnumerable<OpenApiParameter> allParameters)
        {
            var name = string.Concat(parameter.Name.Split('-').Select(Capital));
            return char.ToLowerInvariant(name[0]) + name[1..];
        }
    }

    private sealed class EnumNames : IEnumNameGenerator
    {
        // PRICE_ASC is PriceAsc.
        public string Generate(int index, string? name, object? value, JsonSchema schema) =>
            string.Concat($"{value}".Split('_').Select(part => Capital(part.ToLower(CultureInfo.InvariantCulture))));
    }

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
